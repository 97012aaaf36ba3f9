import type * as tf from '@tensorflow/tfjs-core';
import { SMALLEST_SCALE } from '../../quant/least-squares-scale.ts';
import { replaceValue, type Parameters } from './parameters.ts';

export const ratioOf = (scale: string): string => `${scale}/ratio`;

/**
 * Positive numbers that are learned, of weights one a channel, of a grid one. The variable is their ratio to where they started:
 * an optimiser that does not know how large a gradient is moves all of them by the same share. Never below 1e-6 (METHODS §3).
 */
export class LearnedScale {
  readonly ratio: tf.Variable;
  /** Where it started; part of the checkpoint, like the ratio. */
  readonly start: Float32Array;

  constructor(parameters: Parameters, id: string, start: Float32Array) {
    this.ratio = parameters.addVariable(ratioOf(id), new Float32Array(start.length).fill(1));
    this.start = parameters.addStatistic(`${id}/start`, start);
  }

  current(): Float32Array {
    const ratio = this.ratio.dataSync() as Float32Array;
    return this.start.map((start, i) => Math.max(start * ratio[i], SMALLEST_SCALE));
  }

  /** Starts again from other numbers. */
  restart(values: Float32Array): void {
    this.start.set(values);
    replaceValue(this.ratio, new Float32Array(values.length).fill(1));
  }
}
