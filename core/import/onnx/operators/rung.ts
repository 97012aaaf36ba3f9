import type { LayerChoice } from '../../../schemes/scheme.ts';
import type { NewWeight } from '../../builder.ts';
import { storedChoice } from '../../stored-choice.ts';
import type { NodeContext, Running } from '../context.ts';
import type { Constant } from '../tensor.ts';

export interface Rung {
  readonly choice: LayerChoice | null;
  /** The threshold of a layer that reads signs: 0, stated as a trained one, so that it is 0 whatever calibration sees. */
  readonly slots: Readonly<Record<string, NewWeight>>;
}

/**
 * The precision that the file has a kernel in; null for real numbers.
 * @param axis of the output channels
 * @param input what the layer reads, and its channels; null where a layer of signs alone is not possible
 */
export function rungOf({ findings }: NodeContext, { stored, dims }: Constant, axis: number, input: Running | null, channels: number): Rung {
  if (!stored) return { choice: null, slots: {} };
  if (stored.type === 'BIPOLAR' && input && findings.signs.has(input.id)) {
    return { choice: { scheme: 'xnor', options: { padding: 'zero' } }, slots: { shift: { shape: [channels], values: new Float32Array(channels) } } };
  }
  if (stored.type === 'BIPOLAR') return { choice: { scheme: 'binary', options: {} }, slots: {} };
  if (stored.type === 'INT2' && stored.distances.every((distance) => Math.abs(distance) <= 1)) {
    return { choice: { scheme: stored.distances.includes(0) ? 'ternary' : 'binary', options: {} }, slots: {} };
  }
  return { choice: storedChoice(stored.type, dims, axis, (index) => stored.distances[index]), slots: {} };
}
