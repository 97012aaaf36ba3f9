import { SCHEMES } from '../../schemes/index.ts';
import type { SchemeId } from '../../schemes/scheme.ts';
import type { TfliteForm } from './emission.ts';

/** What runtimes lack: weights of less than 4 bits, and but for Larq's arithmetic on bits. Null where the layers need neither. */
export function tfliteLowers(schemes: readonly SchemeId[], form: TfliteForm): string | null {
  const isBits = (scheme: SchemeId): boolean => form === 'lce' && SCHEMES[scheme].inputFormat({}) === 'sign';
  const wider = schemes.filter((scheme) => SCHEMES[scheme].weights !== null && SCHEMES[scheme].largestCode === 1 && !isBits(scheme));
  return wider.length === 0 ? null : `${wider.length} layer${wider.length === 1 ? '' : 's'} with 8 bits a weight instead of 1 or 2`;
}
