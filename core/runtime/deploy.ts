import { sha256 } from '../base/hash.ts';
import type { Model } from '../graph/graph.ts';
import type { Calibration } from '../quant/calibration.ts';
import { choiceOf } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import { layersOf } from '../graph/graph.ts';
import { bake } from './bake.ts';
import type { Program } from './program.ts';
import { reEstimate, type EstimationBase } from './re-estimate.ts';

export interface NetworkInputs {
  readonly model: Model;
  readonly plan: Plan;
  readonly calibration: Calibration;
}

/** A cheap, order-sensitive digest of weights: they are large, so words are mixed instead of hashed by SHA-256. */
function weightsDigest(model: Model): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const [id, values] of model.weights) {
    for (let i = 0; i < id.length; i++) a = Math.imul(a ^ id.charCodeAt(i), 0x01000193);
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < words.length; i++) {
      a = Math.imul(a ^ words[i], 0x01000193);
      b = Math.imul(b ^ (words[i] + i), 0x85ebca6b);
    }
  }
  return `${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}`;
}

export function networkKey({ model, plan, calibration }: NetworkInputs): string {
  const choices = layersOf(model.graph).map((layer) => [layer.id, choiceOf(plan, layer.id)]);
  return sha256(JSON.stringify([model.graph.name, model.graph.nodes, weightsDigest(model), choices, calibration.hash]));
}

const CACHE_LIMIT = 24;
const cache = new Map<string, Program>();

/**
 * The deployed network of a state: what the screen measures and what export writes. The same inputs give the same
 * program, bit for bit; re-estimation runs on the calibration's own images and is part of it.
 */
export function deploy(inputs: NetworkInputs): Program {
  const key = networkKey(inputs);
  const known = cache.get(key);
  if (known) return known;
  const program = deployOnce(inputs);
  cache.set(key, program);
  const [oldest] = cache.keys();
  if (cache.size > CACHE_LIMIT && oldest !== undefined) cache.delete(oldest);
  return program;
}

/**
 * The same without remembering it: for scans over many plans, which would push out the ones on screen. `near` is a network that
 * begins like this one: it saves time and changes nothing.
 */
export function deployOnce({ model, plan, calibration }: NetworkInputs, near: EstimationBase | null = null): Program {
  const quantised = layersOf(model.graph).some((layer) => SCHEMES[choiceOf(plan, layer.id).scheme].weights !== null);
  return bake(quantised ? reEstimate(model, plan, calibration, near) : model, plan, calibration);
}
