import { SCHEMES } from '../../schemes/index.ts';
import type { SchemeId } from '../../schemes/scheme.ts';

/** TensorFlow.js has arithmetic on real numbers alone. Null where the layers need no other. */
export function tfjsLowers(schemes: readonly SchemeId[]): string | null {
  const count = schemes.filter((scheme) => SCHEMES[scheme].weights !== null).length;
  return count === 0 ? null : `${count} layer${count === 1 ? '' : 's'} run in real numbers`;
}
