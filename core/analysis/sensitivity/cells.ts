import { layersOf, type Graph, type NodeId } from '../../graph/graph.ts';
import { SCHEME_IDS, SCHEMES } from '../../schemes/index.ts';
import { refusalsOf } from '../../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../schemes/scheme.ts';

/**
 * Alone: the layer goes from float32 to the scheme in a network that is float32 elsewhere. Without: it does so in a network whose
 * other layers all have the scheme already, as far as they can take it (METHODS §8). Differences have the same direction in both:
 * what the layer at this scheme does to the network.
 */
export type SensitivityDefinition = 'alone' | 'without';

/** Signal to quantisation noise of the layer's own output in dB, its input exact: 10·log10(Σx² / Σ(x−x̂)²). */
export interface OutputNoise {
  /** As it is deployed. */
  readonly both: number;
  /** Only its weights quantised, and only its input. */
  readonly weights: number;
  readonly activations: number;
}

export interface SensitivityCell {
  readonly layer: NodeId;
  readonly scheme: SchemeId;
  readonly definition: SensitivityDefinition;
  /** Change of the mean KL(float ‖ network) in nats over the probe images. */
  readonly divergence: number;
  /** In points, over the same images; without labels, of the agreement with the float network. */
  readonly accuracyChange: number;
  /** Change of the mean cross-entropy in nats; null without labels. */
  readonly lossChange: number | null;
  /** Null for `without`, where the layer that is looked at is float32. */
  readonly noise: OutputNoise | null;
}

/** A place in the heat map that has to be measured. */
export interface CellPlace {
  readonly layer: NodeId;
  readonly scheme: SchemeId;
}

/** Layer by layer, each at every precision that it can take, float32 aside. */
export function cellPlaces(graph: Graph): readonly CellPlace[] {
  return layersOf(graph).flatMap((layer) => {
    const refusals = refusalsOf(graph, layer);
    return SCHEME_IDS.filter((scheme) => SCHEMES[scheme].weights !== null && refusals[scheme] === null).map((scheme) => ({ layer: layer.id, scheme }));
  });
}

/** Every layer that can take the scheme has it, the others are float32; `except` is float32 too. */
export function planEverywhere(graph: Graph, scheme: SchemeId, except: NodeId | null = null): Plan {
  const takers = layersOf(graph).filter((layer) => layer.id !== except && refusalsOf(graph, layer)[scheme] === null);
  return Object.fromEntries(takers.map((layer) => [layer.id, { scheme }]));
}
