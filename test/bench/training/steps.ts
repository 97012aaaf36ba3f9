import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '../../../core/base/random.ts';
import { elementCount, type Model } from '../../../core/graph/graph.ts';
import type { Build } from '../../../core/kernels/load.ts';
import type { SpawnThread } from '../../../core/kernels/team.ts';
import { planUniformly } from '../../../core/analysis/plans.ts';
import { calibrate } from '../../../core/quant/calibrate.ts';
import { watchFloat } from '../../../core/runtime/watch.ts';
import { startBackend } from '../../../core/train/backend/start.ts';
import { lenet, mobilenet, resnet8 } from '../../fixtures/training-networks.ts';
import { batchOf, Steps } from '../../fixtures/training-steps.ts';

export const NETWORKS = {
  LeNet: { build: lenet, batch: 64, classes: 10 },
  'ResNet-8': { build: resnet8, batch: 32, classes: 10 },
  'MobileNetV1-0.25': { build: mobilenet, batch: 32, classes: 2 },
} as const;

export { quartilesOf } from '../suite/rounds.ts';

export type NetworkName = keyof typeof NETWORKS;

export interface StepCase {
  readonly network: NetworkName;
  /** Xnor: every middle layer, with the teacher's logits at hand, as from the second epoch on. */
  readonly plan: 'float32' | 'xnor';
}

export type Question =
  | { readonly start: { readonly tfjsFolder: string; readonly threads: number; readonly build?: Build } }
  | { readonly steps: StepCase; readonly count: number };

/** Only time is measured: ranges of noise serve as well as those of images. */
const CALIBRATION_SAMPLES = 8;

async function stepsOf({ network, plan: scheme }: StepCase): Promise<(count: number) => readonly number[]> {
  const { build, batch: size, classes } = NETWORKS[network];
  const model: Model = build(1);
  const random = createRandom(17);
  const image = (): Float32Array => Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.uniform(-1, 1));
  const steps = scheme === 'float32' ? new Steps(model) : new Steps(model, planUniformly(model.graph, scheme).plan, await calibrate(model, watchFloat(model), image, CALIBRATION_SAMPLES, { observer: 'mse' }));
  const batch = batchOf(model, size, classes, 1000);
  const teacher = scheme === 'float32' ? null : Float32Array.from({ length: size * classes }, () => random.normal());
  return (count) =>
    Array.from({ length: count }, () => {
      const startedMs = performance.now();
      steps.take(batch, teacher);
      return performance.now() - startedMs;
    });
}

/** Milliseconds of each step, of whatever network and plan is asked for; all stay in memory, so that they can take turns. */
export function createStepper(spawn: SpawnThread) {
  const known = new Map<string, Promise<(count: number) => readonly number[]>>();
  return async (question: Question): Promise<string | readonly number[]> => {
    if ('start' in question) {
      const { tfjsFolder, threads, build } = question.start;
      return startBackend(tfjsFolder, { threads, spawn, build });
    }
    const key = JSON.stringify(question.steps);
    const found = known.get(key) ?? stepsOf(question.steps);
    known.set(key, found);
    return (await found)(question.count);
  };
}

/** Milliseconds of one step on tfjs' plain JavaScript backend, with its own convolutions. */
export async function plainStep(which: StepCase): Promise<number> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  try {
    return (await stepsOf(which))(1)[0];
  } finally {
    await tf.setBackend('wasm');
  }
}
