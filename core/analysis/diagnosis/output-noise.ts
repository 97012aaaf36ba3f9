import { createBreather } from '../../base/breathe.ts';
import { elementCount, layersOf, type NodeId } from '../../graph/graph.ts';
import { rowOf } from '../../graph/ops.ts';
import { createEngine } from '../../kernels/load.ts';
import { bake } from '../../runtime/bake.ts';
import { onGrid } from '../../quant/grid.ts';
import { decibels } from '../../quant/signal-to-noise.ts';
import { weightsOf } from '../../runtime/layer-arithmetic.ts';
import { createRuntime, type Runtime } from '../../runtime/run.ts';
import { NO_CALIBRATION } from '../../runtime/watch.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { layerNode, type EvidenceSource } from './evidence.ts';

/** What only this layer's choice does to its own result, everything before it in float32; measured on calibration's images. */
export interface OutputNoise {
  readonly images: number;
  /** SQNR of the result in dB as the kernel makes it, and once mean and spread of each channel are matched to the float network's. */
  readonly rawSqnr: number;
  readonly sqnr: number;
  /** Share of the error's energy that this matching removes: what re-estimation takes away in the deployed network. */
  readonly movedShare: number;
  /** By output channel, matched, in dB. */
  readonly channelSqnr: Float32Array;
  /** SQNR of the int8 inputs in dB; null where inputs are not on an int8 grid. */
  readonly inputSqnr: number | null;
  /** Share of one-bit inputs that are 1; null for other inputs. */
  readonly inputOnes: number | null;
}

const MOST_IMAGES = 32;
const FEWEST_IMAGES = 4;
/** So many multiply-accumulates of each of the two networks are spent on it. */
const BUDGET = 1e9;

function imageCount({ model, calibration }: EvidenceSource): number {
  const kept = Math.floor(calibration.images.length / elementCount(model.graph.inputs[0].shape));
  const cost = layersOf(model.graph).reduce((sum, node) => {
    const shapes = Object.fromEntries(Object.entries(node.weights).map(([slot, id]) => [slot, model.graph.weights[id].shape]));
    return sum + (rowOf(node.op).multiplyAccumulates?.(node.shape, shapes) ?? 0);
  }, 0);
  return Math.min(kept, MOST_IMAGES, Math.max(FEWEST_IMAGES, Math.floor(BUDGET / Math.max(cost, 1))));
}

/** Sums by channel of y (float) and z (this choice), enough for every figure: one pass, no result is kept. */
class PairedMoments {
  count = 0;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly yy: Float64Array;
  readonly zz: Float64Array;
  readonly yz: Float64Array;

  constructor(channels: number) {
    [this.y, this.z, this.yy, this.zz, this.yz] = Array.from({ length: 5 }, () => new Float64Array(channels));
  }

  add(y: Float32Array, z: Float32Array): void {
    const channels = this.y.length;
    for (let i = 0, c = 0; i < y.length; i++) {
      this.y[c] += y[i];
      this.z[c] += z[i];
      this.yy[c] += y[i] * y[i];
      this.zz[c] += z[i] * z[i];
      this.yz[c] += y[i] * z[i];
      if (++c === channels) c = 0;
    }
    this.count += y.length / channels;
  }

  /** Energy of y, of y − z, and of y − (g·z + s): matched to mean and variance of y, or, without a gain to set, to its mean. */
  channel(c: number, corrects: 'gain' | 'mean' | 'nothing'): { readonly signal: number; readonly raw: number; readonly matched: number } {
    const n = Math.max(this.count, 1);
    const signal = this.yy[c];
    const raw = Math.max(signal - 2 * this.yz[c] + this.zz[c], 0);
    if (corrects === 'nothing') return { signal, raw, matched: raw };
    const varianceY = Math.max(this.yy[c] - this.y[c] ** 2 / n, 0);
    const varianceZ = Math.max(this.zz[c] - this.z[c] ** 2 / n, 0);
    const covariance = this.yz[c] - (this.y[c] * this.z[c]) / n;
    const gain = corrects === 'gain' && varianceZ > 1e-12 * n ? Math.sqrt(varianceY / varianceZ) : 1;
    return { signal, raw, matched: Math.max(varianceY - 2 * gain * covariance + gain * gain * varianceZ, 0) };
  }
}

interface Inputs {
  add(values: Float32Array): void;
  readonly inputSqnr: number | null;
  readonly inputOnes: number | null;
}

function watchInputs(source: EvidenceSource, layer: NodeId): Inputs {
  const node = layerNode(source, layer);
  const { scheme, options } = choiceOf(source.plan, layer);
  const format = SCHEMES[scheme].inputFormat(options);
  const statistics = source.calibration.values[node.inputs[0]];
  const thresholds = weightsOf(source.model, node, 'shift')?.map((each) => -each) ?? statistics?.twoLevel.centre;
  let [signal, noise, ones, count] = [0, 0, 0, 0];
  return {
    add(values) {
      if (format === 'sign' && thresholds) {
        for (let i = 0; i < values.length; i++) if (values[i] >= thresholds[i % thresholds.length]) ones++;
        count += values.length;
      }
      if (format !== 'int8' || !statistics) return;
      for (let i = 0; i < values.length; i++) {
        signal += values[i] * values[i];
        noise += (values[i] - onGrid(values[i], statistics.grid)) ** 2;
      }
    },
    get inputSqnr() {
      return format === 'int8' && signal > 0 ? decibels(signal, noise) : null;
    },
    get inputOnes() {
      return format === 'sign' && count > 0 ? ones / count : null;
    },
  };
}

/** Null for a float32 layer, and where calibration kept no images (a trained network is deployed as it is). */
export async function measureOutputNoise(source: EvidenceSource, layer: NodeId, signal: AbortSignal): Promise<OutputNoise | null> {
  const { model, plan, calibration } = source;
  const { scheme, options } = choiceOf(plan, layer);
  const images = imageCount(source);
  if (!SCHEMES[scheme].weights || images === 0) return null;
  const node = layerNode(source, layer);
  const size = elementCount(model.graph.inputs[0].shape);
  const last: Record<'float' | 'chosen', Float32Array> = { float: new Float32Array(0), chosen: new Float32Array(0) };
  const runtimeOf = (which: 'float' | 'chosen'): { readonly runtime: Runtime; readonly input: number } => {
    const program = which === 'float' ? bake(model, {}, NO_CALIBRATION) : bake(model, { [layer]: { scheme, options } }, calibration);
    const { steps, buffers } = program.network;
    const tap = (step: number, values: Float32Array): void => {
      if (steps[step].node === layer) last[which] = values.slice();
    };
    const input = buffers.findIndex((buffer) => buffer.id === node.inputs[0] && buffer.format === 'float32');
    return { runtime: createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'all', tap }), input };
  };
  const [float, chosen] = [runtimeOf('float'), runtimeOf('chosen')];
  const inputs = watchInputs(source, layer);
  const channels = node.shape[node.shape.length - 1];
  const moments = new PairedMoments(channels);
  const breathe = createBreather(signal);
  for (let image = 0; image < images; image++) {
    const sample = calibration.images.subarray(image * size, (image + 1) * size);
    float.runtime.run(sample);
    await breathe();
    chosen.runtime.run(sample);
    moments.add(last.float, last.chosen);
    inputs.add(float.runtime.read(float.input) as Float32Array);
    await breathe();
  }
  const hasNorm = model.graph.nodes.some((other) => other.op === 'batch-norm' && other.inputs[0] === layer);
  const corrects = hasNorm ? 'gain' : node.weights['bias'] !== undefined ? 'mean' : 'nothing';
  const each = Array.from({ length: channels }, (_, c) => moments.channel(c, corrects));
  const total = each.reduce((sum, { signal: s, raw, matched }) => ({ signal: sum.signal + s, raw: sum.raw + raw, matched: sum.matched + matched }), { signal: 0, raw: 0, matched: 0 });
  return {
    images,
    rawSqnr: decibels(total.signal, total.raw),
    sqnr: decibels(total.signal, total.matched),
    movedShare: total.raw > 0 ? Math.max(0, 1 - total.matched / total.raw) : 0,
    channelSqnr: Float32Array.from(each, ({ signal: s, matched }) => decibels(s, matched)),
    inputSqnr: inputs.inputSqnr,
    inputOnes: inputs.inputOnes,
  };
}
