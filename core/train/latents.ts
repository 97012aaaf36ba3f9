import type { Model } from '../graph/graph.ts';
import { groupsOf } from '../runtime/formats.ts';
import { replaceValue, type Parameters } from './network/parameters.ts';

/** Mean magnitude of the latent weights at the start of the last stage (METHODS §7.4). */
const MAGNITUDE = 0.1;

/**
 * Scales the latent weights of these layers to one mean magnitude where a batch norm behind makes that no difference: its
 * statistics are scaled with them.
 */
export function rescaleLatents(model: Model, parameters: Parameters, layers: ReadonlySet<string>): void {
  for (const { head, batchNorm } of groupsOf(model.graph)) {
    if (!layers.has(head.id) || !batchNorm) continue;
    const weights: Readonly<Record<string, string | undefined>> = head.weights;
    const kernel = parameters.variable(weights['kernel'] ?? '');
    const values = kernel.dataSync() as Float32Array;
    const mean = values.reduce((sum, w) => sum + Math.abs(w), 0) / values.length;
    if (!(mean > 0)) continue;
    const factor = MAGNITUDE / mean;
    replaceValue(kernel, values.map((w) => w * factor));
    if (weights['bias'] !== undefined) {
      const bias = parameters.variable(weights['bias']);
      replaceValue(bias, (bias.dataSync() as Float32Array).map((b) => b * factor));
    }
    scale(parameters.statistic(batchNorm.weights.mean), factor);
    scale(parameters.statistic(batchNorm.weights.variance), factor * factor);
  }
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}
