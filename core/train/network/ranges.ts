import type * as tf from '@tensorflow/tfjs-core';
import { isLayer, type Graph, type ValueId } from '../../graph/graph.ts';
import type { Calibration, Grid } from '../../quant/calibration.ts';
import type { Formats, Group } from '../../runtime/formats.ts';
import { statisticsOf } from '../../runtime/layer-arithmetic.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Plan } from '../../schemes/scheme.ts';
import type { QuantiserTraining } from '../recipe.ts';
import { addInt8, putOnGrid } from '../operators/int8-grid.ts';
import { addOnLearnedGrid, putOnLearnedGrid, type LearnedGrid } from '../operators/learned-grid.ts';
import { LearnedScale } from './learned-scale.ts';
import type { Parameters } from './parameters.ts';

/** The lowest code stands for 0: what a rectifier leaves. */
const BEGINS_AT_ZERO = -128;

interface Network {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly calibration: Calibration;
  readonly groups: readonly Group[];
  readonly formats: Formats;
}

/** The int8 grids of a network in training. */
export class Ranges {
  private readonly network: Network;
  private readonly rule: QuantiserTraining['ranges'];
  /** By the value whose grid it is. */
  private readonly learned = new Map<ValueId, LearnedScale>();

  constructor(network: Network, rule: QuantiserTraining['ranges'], parameters: Parameters) {
    this.network = network;
    this.rule = rule;
    if (rule === 'fixed') return;
    for (const value of gridsInUse(network)) {
      const { scale, zeroPoint } = statisticsOf(network.calibration, value, network.graph).grid;
      if (rule === 'pact' && zeroPoint !== BEGINS_AT_ZERO) continue;
      this.learned.set(value, new LearnedScale(parameters, `range of ${value}`, Float32Array.of(scale)));
    }
  }

  private sourceOf(value: ValueId): ValueId {
    return this.network.formats.gridSource.get(value) ?? value;
  }

  gridOf(value: ValueId): Grid {
    const source = this.sourceOf(value);
    const { grid } = statisticsOf(this.network.calibration, source, this.network.graph);
    const learned = this.learned.get(source);
    return learned ? { scale: learned.current()[0], zeroPoint: grid.zeroPoint } : grid;
  }

  isLearned(value: ValueId): boolean {
    return this.learned.has(this.sourceOf(value));
  }

  private learnedGrid(value: ValueId): LearnedGrid | null {
    const learned = this.learned.get(this.sourceOf(value));
    return learned ? { grid: this.gridOf(value), ratio: learned.ratio, start: learned.start[0], rule: this.rule === 'pact' ? 'clip' : 'step' } : null;
  }

  put(x: tf.Tensor, value: ValueId): tf.Tensor {
    const learned = this.learnedGrid(value);
    return learned ? putOnLearnedGrid(x, learned) : putOnGrid(x, this.gridOf(value));
  }

  /** a + b on the grid of `value`. */
  add(a: tf.Tensor, b: tf.Tensor, grids: { readonly a: Grid; readonly b: Grid }, value: ValueId): tf.Tensor {
    const learned = this.learnedGrid(value);
    return learned ? addOnLearnedGrid(a, b, grids, learned) : addInt8(a, b, { ...grids, output: this.gridOf(value) });
  }

  /** What was measured, with the grids as they are now. */
  trainedValues(): Calibration['values'] {
    const { values } = this.network.calibration;
    return { ...values, ...Object.fromEntries([...this.learned.keys()].map((id) => [id, { ...values[id], grid: this.gridOf(id) }])) };
  }
}

/** Values whose own grid something is stored or read on. The network's inputs are images: their range is known. */
function gridsInUse({ graph, plan, groups, formats }: Network): ReadonlySet<ValueId> {
  const used = new Set<ValueId>();
  const add = (value: ValueId): void => void used.add(formats.gridSource.get(value) ?? value);
  for (const { head, result } of groups) {
    const stored = formats.stored.get(result) === 'int8';
    if (stored) add(result);
    const { scheme, options } = choiceOf(plan, head.id);
    const integer = isLayer(head) ? SCHEMES[scheme].inputFormat(options) === 'int8' : stored;
    if (integer) head.inputs.forEach(add);
  }
  for (const { id } of graph.inputs) used.delete(id);
  return used;
}
