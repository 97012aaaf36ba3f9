import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';

/** The class that carries a precision's colours (`--c`, `--on`, `--tx`, `--sf`). */
export function precisionClass(scheme: SchemeId): string {
  return `p-${SCHEMES[scheme].name.toLowerCase()}`;
}

/** Name for a column head: at most four letters stay of the long ones. */
export function headName(scheme: SchemeId): string {
  const { name } = SCHEMES[scheme];
  return name.length <= 5 ? name : name.slice(0, name.endsWith('ARY') ? name.length - 3 : 4);
}
