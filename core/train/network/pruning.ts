import { isLayer, type Model, type NodeId } from '../../graph/graph.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Plan } from '../../schemes/scheme.ts';
import type { Parameters } from './parameters.ts';

/** Share of the run after which the masks stay as they are. */
const GROWS_UNTIL = 2 / 3;
/** A mask changes when it falls behind its target by this share of the layer: sorting costs more than a step of a small layer. */
const BEHIND = 0.01;

/** Zero weights at this point of the run, 0 to 1: fast at first, then slower (Zhu and Gupta 2017, To Prune or Not to Prune, eq. 1). */
export function sparsityAt(progress: number, target: number): number {
  return target * (1 - (1 - Math.min(progress / GROWS_UNTIL, 1)) ** 3);
}

interface Mask {
  readonly kernel: string;
  readonly target: number;
  /** 1 or 0 per weight; part of the checkpoint. */
  readonly values: Float32Array;
}

/** Gradual magnitude pruning. A weight that is zero once stays zero. */
export class Pruning {
  private readonly masks = new Map<NodeId, Mask>();
  private readonly parameters: Parameters;

  /** `sparsityOf`: share of a layer's weights that are zero at the end. One-bit codes have no zero: such layers have no mask. */
  constructor({ graph, weights }: Model, plan: Plan, parameters: Parameters, sparsityOf: (layer: NodeId) => number) {
    this.parameters = parameters;
    for (const node of graph.nodes) {
      if (!isLayer(node)) continue;
      const target = sparsityOf(node.id);
      if (!(target > 0) || SCHEMES[choiceOf(plan, node.id).scheme].bitsPerWeight === 1) continue;
      const size = weights.get(node.weights.kernel)?.length ?? 0;
      const values = parameters.addStatistic(`mask of ${node.id}`, new Float32Array(size).fill(1));
      this.masks.set(node.id, { kernel: node.weights.kernel, target, values });
    }
  }

  maskOf(layer: NodeId): Float32Array | null {
    return this.masks.get(layer)?.values ?? null;
  }

  /** Before a step: takes the smallest weights out until as many are gone as the schedule asks for. */
  advance(progress: number): void {
    for (const { kernel, target, values } of this.masks.values()) {
      const wanted = Math.round(sparsityAt(progress, target) * values.length);
      const left = values.reduce((sum, kept) => sum + kept, 0);
      const missing = wanted - (values.length - left);
      const isLast = progress >= GROWS_UNTIL;
      if (missing <= 0 || (!isLast && missing < BEHIND * values.length)) continue;
      const weights = this.parameters.variable(kernel).dataSync() as Float32Array;
      const kept = Array.from(values.keys()).filter((i) => values[i] === 1);
      kept.sort((a, b) => Math.abs(weights[a]) - Math.abs(weights[b]) || a - b);
      for (const i of kept.slice(0, missing)) values[i] = 0;
    }
  }
}
