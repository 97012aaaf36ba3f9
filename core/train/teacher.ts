import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../graph/graph.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import type { Batch } from './batches.ts';
import { Parameters } from './network/parameters.ts';
import { DEPLOYED_MODE, SimulatedNetwork } from './network/simulate.ts';

/** The float network. Its answers to unchanged training images are computed once and kept. */
export class Teacher {
  readonly classes: number;
  private readonly parameters: Parameters;
  private readonly network: SimulatedNetwork;
  private readonly shape: readonly number[];
  private readonly known: Float32Array | null;

  /** `samples`: how many training images there are; null where they change from step to step. */
  constructor(model: Model, samples: number | null) {
    const { graph } = model;
    this.parameters = new Parameters(model);
    this.network = new SimulatedNetwork(model, {}, NO_CALIBRATION, this.parameters);
    this.shape = graph.inputs[0].shape.slice(1);
    const output = graph.nodes.find((node) => node.id === graph.outputs[0])?.shape ?? graph.inputs[0].shape;
    this.classes = output.reduce((product, size) => product * size, 1);
    this.known = samples === null ? null : new Float32Array(samples * this.classes).fill(Number.NaN);
  }

  /** Logits, sample by sample. Images that were answered before are not computed again. */
  answer({ indices, images }: Batch): Float32Array {
    const { known, classes } = this;
    if (!known) return this.compute(images, indices.length);
    const open = [...indices.keys()].filter((i) => Number.isNaN(known[indices[i] * classes]));
    if (open.length > 0) {
      // The whole batch, whatever is known of it: kernels are chosen by its size, and another kernel rounds differently. So an
      // answer is the same whenever it was asked for, and a resumed run that of one that never stopped.
      const answers = this.compute(images, indices.length);
      for (const i of open) known.set(answers.subarray(i * classes, (i + 1) * classes), indices[i] * classes);
    }
    const result = new Float32Array(indices.length * classes);
    indices.forEach((index, i) => result.set(known.subarray(index * classes, (index + 1) * classes), i * classes));
    return result;
  }

  private compute(images: Float32Array, count: number): Float32Array {
    return tf.tidy(() => {
      const batch = tf.tensor(images, [count, ...this.shape]);
      return this.network.run(batch, DEPLOYED_MODE).dataSync() as Float32Array;
    });
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
