import * as tf from '@tensorflow/tfjs-core';
import { layersOf, type LayerNode, type Model } from '../graph/graph.ts';
import { weightDecibels } from '../quant/signal-to-noise.ts';
import type { SimulatedNetwork } from './network/simulate.ts';
import { quantiseWeights } from './network/weights.ts';
import type { LayerHealth } from './report.ts';

interface Snapshot {
  readonly codes: Float32Array;
  readonly scale: Float32Array;
  readonly sqnr: number;
}

/** At most this share of the time goes into looking. */
const SHARE = 0.04;

/** Watches the codes of every quantised layer: looked at before and after one step, now and then. */
export class HealthWatch {
  layers: readonly LayerHealth[] = [];
  /** Scales that drift is counted from, by layer. */
  driftFrom: ReadonlyMap<string, Float32Array> = new Map();
  private readonly network: SimulatedNetwork;
  private readonly nodes: ReadonlyMap<string, LayerNode>;
  private before: ReadonlyMap<string, Snapshot> | null = null;
  private notBeforeMs = 0;

  constructor(model: Model, network: SimulatedNetwork) {
    this.network = network;
    this.nodes = new Map(layersOf(model.graph).map((node) => [node.id, node]));
  }

  /** Scale drift counts from here. */
  begin(): void {
    this.driftFrom = new Map([...this.look()].map(([layer, { scale }]) => [layer, scale.slice()]));
  }

  /** Scale drift counts from where another run counted it; from here for layers that it did not have. */
  countFrom(scales: ReadonlyMap<string, Float32Array>): void {
    this.driftFrom = new Map([...this.driftFrom].map(([layer, own]) => [layer, scales.get(layer) ?? own]));
  }

  beforeStep(): void {
    this.before = performance.now() >= this.notBeforeMs ? this.look() : null;
  }

  /** `isCoded`: whether the codes of a layer take part in this stage; elsewhere its weights are real. */
  afterStep(isCoded: (layer: string) => boolean): void {
    const { before, driftFrom } = this;
    if (!before) return;
    this.before = null;
    const from = performance.now();
    const after = this.look();
    this.layers = [...after].map(([layer, now]): LayerHealth => {
      const old = before.get(layer)?.codes ?? now.codes;
      const first = driftFrom.get(layer) ?? now.scale;
      let flips = 0;
      for (let i = 0; i < old.length; i++) if (old[i] !== now.codes[i]) flips++;
      const drift = now.scale.reduce((sum, scale, k) => sum + Math.abs(scale / first[k] - 1), 0) / now.scale.length;
      return { layer, flipRatio: isCoded(layer) ? flips / Math.max(old.length, 1) : null, scaleDrift: drift, sqnr: now.sqnr };
    });
    const spent = 2 * (performance.now() - from);
    this.notBeforeMs = from + spent / SHARE;
  }

  private look(): ReadonlyMap<string, Snapshot> {
    const result = new Map<string, Snapshot>();
    for (const [layer, quantiser] of this.network.quantisers) {
      const node = this.nodes.get(layer) as LayerNode;
      const [codes, scale, weights] = tf.tidy(() => {
        const seen = this.network.seenWeights(node);
        const quantised = quantiseWeights(seen, quantiser);
        return [quantised.codes, quantised.scale, seen].map((tensor) => tensor.dataSync() as Float32Array);
      });
      result.set(layer, { codes, scale, sqnr: weightDecibels(weights, codes, scale) });
    }
    return result;
  }
}
