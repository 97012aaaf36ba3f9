import { elementCount, layersOf, type Model } from '../graph/graph.ts';
import { createRandom } from '../base/random.ts';
import { createEngine, type KernelEngine } from '../kernels/load.ts';
import type { LoweredNetwork, Program } from '../runtime/program.ts';
import { createRuntime, type Runtime } from '../runtime/run.ts';
import { quantile } from './interleave.ts';

export interface Timed {
  readonly program: Program;
  readonly runtime: Runtime;
  readonly engine: KernelEngine;
}

export function timed(program: Program): Timed {
  const engine = createEngine({ variant: 'wasm' });
  return { program, runtime: createRuntime(program, engine, { keep: 'outputs' }), engine };
}

/** A sample for timing: seeded noise inside the calibrated range. Values do not change how long a layer takes. */
export function timingSample(model: Model): Float32Array {
  const random = createRandom(7);
  return Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.uniform(-1, 1));
}

/** Where the time of one network goes, in milliseconds of an inference. */
export interface StepTimes {
  /** By layer: with the conversions that exist for it, and those alone. */
  readonly layers: ReadonlyMap<string, { readonly milliseconds: number; readonly conversions: number }>;
  /** Conversions that no layer asked for. */
  readonly otherConversions: number;
  readonly operators: number;
}

/** The nearest layer that a value comes from, or goes to, through operators and other conversions. */
function nearestLayer({ steps }: LoweredNetwork, buffer: number, direction: 'up' | 'down'): string | null {
  const seen = new Set<number>();
  let edge = [buffer];
  while (edge.length > 0) {
    const next: number[] = [];
    for (const step of steps) {
      const [from, to] = direction === 'down' ? [step.inputs, [step.output]] : [[step.output], step.inputs];
      if (!from.some((index) => edge.includes(index))) continue;
      if (step.kind === 'layer') return step.node;
      next.push(...to.filter((index) => !seen.has(index)));
    }
    for (const index of next) seen.add(index);
    edge = next;
  }
  return null;
}

/**
 * Step index → the layer that a conversion exists for: towards fewer bits the next layer, which wants them; back to float32 the
 * layer before. Layers own themselves, operators have no owner.
 */
export function ownersOf(network: LoweredNetwork): readonly (string | null)[] {
  return network.steps.map((step) => {
    if (step.kind === 'layer') return step.node;
    if (step.kind === 'op') return null;
    const after = (): string | null => nearestLayer(network, step.output, 'down');
    const before = (): string | null => nearestLayer(network, step.inputs[0], 'up');
    return step.kind === 'dequantise' ? (before() ?? after()) : (after() ?? before());
  });
}

const RUNS_A_TURN = 4;

/** Times every step of the networks, taking turns. Medians over the rounds. */
export async function timeSteps(targets: readonly Timed[], sample: Float32Array, rounds: number, breathe: () => Promise<void>): Promise<readonly StepTimes[]> {
  const turns = targets.map((): Float64Array[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { program, runtime }] of targets.entries()) {
      const totals = new Float64Array(program.network.steps.length);
      for (let run = 0; run < RUNS_A_TURN; run++) runtime.runTimed(sample, totals);
      turns[index].push(totals.map((total) => total / RUNS_A_TURN));
    }
    await breathe();
  }
  return targets.map(({ program }, index) => summarise(program.network, turns[index]));
}

function summarise(network: LoweredNetwork, turns: readonly Float64Array[]): StepTimes {
  const owners = ownersOf(network);
  /** Median over the turns of the sum of some steps. */
  const medianOf = (wanted: (index: number) => boolean): number => {
    const steps = network.steps.flatMap((_, index) => (wanted(index) ? [index] : []));
    return quantile(turns.map((times) => steps.reduce((sum, step) => sum + times[step], 0)), 0.5);
  };
  const isConversion = (index: number): boolean => network.steps[index].kind !== 'layer' && network.steps[index].kind !== 'op';
  const layers = network.steps
    .filter((step) => step.kind === 'layer')
    .map(({ node }) => [node, { milliseconds: medianOf((index) => owners[index] === node), conversions: medianOf((index) => owners[index] === node && isConversion(index)) }] as const);
  return {
    layers: new Map(layers),
    otherConversions: medianOf((index) => owners[index] === null && isConversion(index)),
    operators: medianOf((index) => network.steps[index].kind === 'op'),
  };
}

export function layerIds(model: Model): readonly string[] {
  return layersOf(model.graph).map((layer) => layer.id);
}
