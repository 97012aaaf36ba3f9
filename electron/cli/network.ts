import { StudioError } from '../../core/base/errors.ts';
import { isPacked, readPacked } from '../../core/export/packed/read.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { isZip, zipMentions } from '../../core/import/detect.ts';
import { JOBS } from '../../core/jobs/index.ts';
import type { ImportedModel } from '../../core/jobs/contract.ts';
import { readVariant } from '../../core/project/variant.ts';
import type { VariantFile } from '../../core/project/variant.ts';
import type { Program } from '../../core/runtime/program.ts';
import { readPath } from './files.ts';
import type { Terminal } from './terminal.ts';

/** What a MODEL or VARIANT argument turned out to be. */
export type OpenedNetwork =
  | { readonly kind: 'model'; readonly imported: ImportedModel }
  | { readonly kind: 'variant'; readonly fileName: string; readonly variant: VariantFile; readonly bytes: number }
  | { readonly kind: 'packed'; readonly fileName: string; readonly program: Program; readonly bytes: number };

/** Recognised by content. In a folder (what export writes) the packed network is looked for first. */
export async function openNetwork(path: string, terminal: Terminal): Promise<OpenedNetwork> {
  const files = await readPath(path);
  const packed = files.find(({ bytes }) => isPacked(bytes));
  if (packed) return { kind: 'packed', fileName: packed.name, program: readPacked(packed.bytes, packed.name), bytes: packed.bytes.length };
  const variant = files.find(({ bytes }) => isVariant(bytes));
  if (variant) return { kind: 'variant', fileName: variant.name, variant: readVariant(variant.bytes, variant.name), bytes: variant.bytes.length };
  return { kind: 'model', imported: await importFiles(files, terminal) };
}

/** For commands that only make sense for a float network. */
export async function openModel(path: string, terminal: Terminal): Promise<ImportedModel> {
  const opened = await openNetwork(path, terminal);
  if (opened.kind === 'model') return opened.imported;
  throw new StudioError('This network already has its precisions.', { where: opened.fileName, next: 'Name the float network it was made from.' });
}

async function importFiles(files: readonly NamedFile[], terminal: Terminal): Promise<ImportedModel> {
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Reading the network', done, total);
  const imported = await JOBS.importModel({ files }, { signal: terminal.signal, report });
  terminal.progress.clear();
  return imported;
}

function isVariant(bytes: Uint8Array): boolean {
  return isZip(bytes) && zipMentions(bytes, 'variant.json');
}
