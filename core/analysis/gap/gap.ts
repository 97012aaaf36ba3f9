import type { NodeId } from '../../graph/graph.ts';
import type { ResolvedChoice } from '../../schemes/layer-facts.ts';
import { indexOfLargest, softmaxDivergence } from '../../tensor/divergence.ts';

/** Over the probe images; of a change, after − before. */
export interface Standing {
  /** Mean KL(float ‖ network) in nats, to the nearest 2⁻⁴⁰, so that sums of differences are exact. */
  readonly divergence: number;
  /** Answers that are right; without labels, those that agree with the float network. */
  readonly right: number;
}

/** One layer exchanged. */
export interface GapStep {
  readonly layer: NodeId;
  readonly before: ResolvedChoice;
  readonly after: ResolvedChoice;
  /** What the exchange changes behind those of all layers before it. They add up to the whole gap. */
  readonly inTurn: Standing;
  /** What it changes as the only one, in the network before. */
  readonly alone: Standing;
  /** Change of the packed file in turn. */
  readonly bytes: number;
}

interface GapEnds {
  readonly images: number;
  readonly measure: 'accuracy' | 'agreement';
  readonly before: Standing;
  /** While it is being measured, of the network as far as the layers are exchanged. */
  readonly after: Standing;
}

/** Two plans of the same weights: the layers that differ, in the order of the network. */
export interface PlanGap extends GapEnds {
  readonly kind: 'plan';
  readonly steps: readonly GapStep[];
}

/** Signal to noise of what a layer hands on, in dB; null where only its signs are stored, or the graph is another there. */
export interface LayerNoise {
  readonly layer: NodeId;
  /** Of each network against the float one. */
  readonly before: number | null;
  readonly after: number | null;
  /** Of the network after against the one before. */
  readonly between: number | null;
}

/** Two networks of different weights, which no exchange of settings turns into each other. */
export interface ValueGap extends GapEnds {
  readonly kind: 'values';
  readonly layers: readonly LayerNoise[];
}

export type Gap = PlanGap | ValueGap;

/** What answers are held against, image by image. */
export interface Judge {
  /** Logits of the float network. */
  readonly expected: readonly Float32Array[];
  /** Classes of the images, where they are known. */
  readonly labels: ArrayLike<number> | null;
}

const GRAIN = 2 ** -40;

/** Sums up how a network stands, from its logits of every image. */
export class StandingSum {
  private readonly judge: Judge;
  private divergence = 0;
  private right = 0;
  private images = 0;

  constructor(judge: Judge) {
    this.judge = judge;
  }

  add(image: number, logits: Float32Array): void {
    const expected = this.judge.expected[image];
    this.divergence += softmaxDivergence(expected, logits);
    if (indexOfLargest(logits) === (this.judge.labels?.[image] ?? indexOfLargest(expected))) this.right++;
    this.images++;
  }

  get standing(): Standing {
    return { divergence: Math.round(this.divergence / Math.max(this.images, 1) / GRAIN) * GRAIN, right: this.right };
  }
}

export function changeOf(before: Standing, after: Standing): Standing {
  return { divergence: after.divergence - before.divergence, right: after.right - before.right };
}
