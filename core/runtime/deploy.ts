import { bitsDigest } from '../base/digest.ts';
import { sha256 } from '../base/hash.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import { choiceOf, isQuantised } from '../schemes/layer-facts.ts';
import type { Plan } from '../schemes/scheme.ts';
import { layersOf } from '../graph/graph.ts';
import { bake } from './bake.ts';
import type { Program } from './program.ts';
import { estimate, type Estimation, type EstimationBase } from './re-estimate.ts';

export interface NetworkInputs {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

/** Weights never change: an array is looked through once. */
const digests = new WeakMap<Float32Array, string>();

function digestOf(values: Float32Array): string {
  const digest = digests.get(values) ?? bitsDigest(values);
  digests.set(values, digest);
  return digest;
}

export function networkKey({ model, plan, calibration }: NetworkInputs): string {
  // Weights are large: their bits are mixed instead of hashed by SHA-256.
  const weights = [...model.weights].map(([id, values]) => [id, digestOf(values)]);
  const choices = layersOf(model.graph).map((layer) => [layer.id, choiceOf(plan, layer.id)]);
  return sha256(JSON.stringify([model.graph.name, model.graph.nodes, weights, choices, calibration.hash]));
}

const programs = new RecentMap<string, Program>(24);

/**
 * The deployed network of a state: what the screen measures and what export writes. The same inputs give the same
 * program, bit for bit; re-estimation runs on the calibration's own images and is part of it.
 */
export function deploy(inputs: NetworkInputs): Program {
  const key = networkKey(inputs);
  const known = programs.get(key);
  if (known) return known;
  const program = deployOnce(inputs);
  programs.set(key, program);
  return program;
}

/**
 * The same without remembering it: for scans over many plans, which would push out the ones on screen. `near` is a network that
 * begins like this one: it saves time and changes nothing.
 */
export function deployOnce(inputs: NetworkInputs, near: EstimationBase | null = null): Program {
  const { model, plan, calibration } = inputs;
  return isQuantised(model.graph, plan) ? estimate(inputs, near, false).program : bake(model, plan, calibration);
}

/** The same as `deploy`, and what the next network that begins like this one can be deployed near to. */
export function deployForNext(inputs: NetworkInputs, near: EstimationBase | null): Estimation {
  const estimation = estimate(inputs, near, true);
  programs.set(networkKey(inputs), estimation.program);
  return estimation;
}
