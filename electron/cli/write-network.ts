import { writePacked } from '../../core/export/packed/write.ts';
import { writeVariant } from '../../core/project/variant.ts';
import type { VariantFile } from '../../core/project/variant.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { writeFileAtomic } from '../host/atomic.ts';

/** A packed network where the name says so, else a variant. Returns the bytes written. */
export async function writeNetwork(path: string, variant: VariantFile): Promise<number> {
  const bytes = /\.bitw$/i.test(path) ? writePacked(deploy(variant)) : writeVariant(variant);
  await writeFileAtomic(path, bytes);
  return bytes.length;
}
