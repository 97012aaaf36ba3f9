import { elementCount, layersOf, type Model } from '../graph/graph.ts';
import { createRandom } from '../base/random.ts';
import { createEngine } from '../kernels/load.ts';
import type { Program } from '../runtime/program.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';

export interface Timed {
  readonly program: Program;
  readonly runtime: Runtime;
  readonly engine: string;
}

export function timed(program: Program): Timed {
  const engine = createEngine({ variant: 'wasm' });
  return { program, runtime: createRuntime(program, engine, { keep: 'outputs' }), engine: engine.description };
}

/** A sample for timing: seeded noise inside the calibrated range. Values do not change how long a layer takes. */
export function timingSample(model: Model): Float32Array {
  const random = createRandom(7);
  return Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.uniform(-1, 1));
}

/** Node → milliseconds: a layer's step and the conversions that exist for it. Medians over runs. */
export function layerMilliseconds(target: Timed, sample: Float32Array, runs: number): ReadonlyMap<string, number> {
  const { steps } = target.program.network;
  const perRun = steps.map((): number[] => []);
  const totals = new Float64Array(steps.length);
  for (let run = 0; run < runs; run++) {
    totals.fill(0);
    for (let repeat = 0; repeat < 4; repeat++) target.runtime.runTimed(sample, totals);
    totals.forEach((total, i) => perRun[i].push(total / 4));
  }
  const result = new Map<string, number>();
  steps.forEach((step, i) => {
    const middle = perRun[i].toSorted((a, b) => a - b)[Math.floor(runs / 2)];
    result.set(step.node, (result.get(step.node) ?? 0) + middle);
  });
  return result;
}

export function layerIds(model: Model): readonly string[] {
  return layersOf(model.graph).map((layer) => layer.id);
}
