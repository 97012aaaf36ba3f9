import { SCHEMES } from '../../schemes/index.ts';
import type { SchemeId } from '../../schemes/scheme.ts';
import type { OnnxForm } from './emission.ts';

const layers = (count: number): string => `${count} layer${count === 1 ? '' : 's'}`;

/** What runtimes lack: arithmetic on bits, and weights of one. Null where the layers need neither. */
export function onnxLowers(schemes: readonly SchemeId[], form: OnnxForm): string | null {
  const real = schemes.filter((scheme) => SCHEMES[scheme].weights !== null && !(form === 'qdq' && SCHEMES[scheme].largestCode > 7));
  const bits = schemes.filter((scheme) => SCHEMES[scheme].bitsPerWeight === 1);
  if (real.length === 0) return null;
  if (form === 'qonnx') return `${layers(real.length)} keep 32 bits a weight in the file, for tools that make hardware`;
  const wider = bits.length === 0 ? '' : `, ${bits.length} of them with 2 bits a weight instead of 1`;
  return `${layers(real.length)} run in real numbers${wider}`;
}
