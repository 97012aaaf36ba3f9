import { layersOf, type Model, type NodeId } from '../../graph/graph.ts';
import { createEngine } from '../../kernels/load.ts';
import type { Calibration } from '../../quant/calibration.ts';
import { bake } from '../../runtime/bake.ts';
import { deploy } from '../../runtime/deploy.ts';
import { statisticsOf } from '../../runtime/layer-arithmetic.ts';
import { lower } from '../../runtime/lower.ts';
import type { Program } from '../../runtime/program.ts';
import type { SampleSource } from '../../runtime/recorded-run.ts';
import { createRuntime } from '../../runtime/run.ts';
import { NO_CALIBRATION } from '../../runtime/watch.ts';
import type { Plan } from '../../schemes/scheme.ts';
import { NoiseRatio } from '../sensitivity/output-noise.ts';
import { StandingSum, type Judge, type LayerNoise, type ValueGap } from './gap.ts';
import type { Advance } from './walk.ts';

interface Deployed {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

export interface ValueInputs {
  readonly before: Deployed;
  readonly after: Deployed;
  readonly reference: Model;
  readonly images: SampleSource;
  readonly judge: Judge;
}

/** A layer's result with what is fused behind it, in real units. */
interface LayerResult {
  /** The value of the graph that it is: two networks are compared where it is the same one. */
  readonly value: string;
  read(): ArrayLike<number>;
}

/**
 * Explains the gap between two networks of different weights, as far as that can be said layer by layer: how far what each layer hands
 * on has moved, on the same images, against the float network and against each other (SQNR in dB, METHODS §8). Noise runs on
 * through the network, so it is where the numbers fall that counts; and what training moved on purpose counts as noise too.
 */
export async function compareValues({ before, after, reference, images, judge }: ValueInputs, advance: Advance): Promise<ValueGap> {
  const networks = [
    watch(bake(reference, {}, NO_CALIBRATION), { model: reference, plan: {}, calibration: NO_CALIBRATION }),
    watch(deploy(before), before),
    watch(deploy(after), after),
  ] as const;
  await advance();
  const [float, first, second] = networks;
  const present = new Set(layersOf(after.model.graph).map(({ id }) => id));
  const common = layersOf(before.model.graph).filter(({ id }) => present.has(id));
  const rows = common.map(({ id }) => new NoiseRow(id, networks.map(({ layers }) => layers.get(id) ?? null)));
  const sums = [new StandingSum(judge), new StandingSum(judge)];
  for (let image = 0; image < images.count; image++) {
    const input = images.at(image);
    for (const { runtime } of [float, first, second]) runtime.run(input);
    [first, second].forEach(({ runtime }, i) => sums[i].add(image, runtime.logits));
    for (const row of rows) row.add();
    await advance();
  }
  return {
    kind: 'values',
    images: images.count,
    measure: judge.labels ? 'accuracy' : 'agreement',
    before: sums[0].standing,
    after: sums[1].standing,
    layers: rows.map((row) => row.noise),
  };
}

class NoiseRow {
  private readonly layer: NodeId;
  private readonly results: readonly (LayerResult | null)[];
  private readonly ratios = { before: new NoiseRatio(), after: new NoiseRatio(), between: new NoiseRatio() };

  constructor(layer: NodeId, results: readonly (LayerResult | null)[]) {
    this.layer = layer;
    this.results = results;
  }

  private get pairs() {
    const [float, first, second] = this.results;
    return [
      ['before', float, first],
      ['after', float, second],
      ['between', first, second],
    ] as const;
  }

  add(): void {
    for (const [name, exact, changed] of this.pairs) if (exact && changed?.value === exact.value) this.ratios[name].add(exact.read(), changed.read());
  }

  get noise(): LayerNoise {
    const known = this.pairs.map(([name, exact, changed]) => [name, exact && changed?.value === exact.value ? this.ratios[name].decibels : null]);
    return { layer: this.layer, ...(Object.fromEntries(known) as Pick<LayerNoise, 'before' | 'after' | 'between'>) };
  }
}

/** A network with the results of its layers in view. */
function watch(program: Program, { model, plan, calibration }: Deployed) {
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'all' });
  const { network } = program;
  const { gridSource } = lower(model.graph, plan).formats;
  const layers = new Map<NodeId, LayerResult>();
  for (const step of network.steps) {
    const { id: value, format } = network.buffers[step.output];
    if (step.kind !== 'layer' || format === 'sign') continue;
    if (format === 'float32') layers.set(step.node, { value, read: () => runtime.read(step.output) });
    else {
      const { scale, zeroPoint } = statisticsOf(calibration, gridSource.get(value) ?? value, model.graph).grid;
      layers.set(step.node, { value, read: () => Float32Array.from(runtime.read(step.output), (code) => (code - zeroPoint) * scale) });
    }
  }
  return { runtime, layers };
}
