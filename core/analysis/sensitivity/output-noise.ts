import type { LayerNode, Model } from '../../graph/graph.ts';
import type { KernelEngine } from '../../kernels/load.ts';
import type { Calibration } from '../../quant/calibration.ts';
import { onGrid } from '../../quant/grid.ts';
import { decibels } from '../../quant/signal-to-noise.ts';
import { quantiseKernel, statisticsOf, weightsOf } from '../../runtime/layer-arithmetic.ts';
import type { LayerStep, StepParameters } from '../../runtime/program.ts';
import type { RecordedRun } from '../../runtime/recorded-run.ts';
import { createRuntime } from '../../runtime/run.ts';
import { channelPeriod } from '../../runtime/lower.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { choiceOf, layerFacts } from '../../schemes/layer-facts.ts';
import type { Plan } from '../../schemes/scheme.ts';

/** Images that the ratio is taken over: it settles after a few. */
const NOISE_IMAGES = 32;

/** Running Σx² and Σ(x−x̂)². */
export class NoiseRatio {
  private signal = 0;
  private noise = 0;

  add(exact: ArrayLike<number>, changed: ArrayLike<number>): void {
    for (let i = 0; i < exact.length; i++) {
      const difference = exact[i] - changed[i];
      this.signal += exact[i] * exact[i];
      this.noise += difference * difference;
    }
  }

  get decibels(): number {
    return decibels(this.signal, this.noise);
  }
}

export interface LayerAlone {
  readonly model: Model;
  readonly calibration: Calibration;
  readonly node: LayerNode;
  /** This layer at its scheme. */
  readonly plan: Plan;
  /** The float network over the probe images. */
  readonly float: RecordedRun;
}

/** What the layer reads once its input is stored as the scheme stores it. Signs count as the two levels that they stand for. */
function storeInput({ model, calibration, node, plan }: LayerAlone): (values: Float32Array) => Float32Array {
  const { scheme, options } = choiceOf(plan, node.id);
  const statistics = statisticsOf(calibration, node.inputs[0], model.graph);
  if (SCHEMES[scheme].inputFormat(options) === 'sign') {
    const { centre, halfStep } = statistics.twoLevel;
    const period = channelPeriod(model.graph, node.inputs[0]);
    return (values) => values.map((x, i) => centre[i % period] + (x >= centre[i % period] ? halfStep[i % period] : -halfStep[i % period]));
  }
  return (values) => values.map((x) => onGrid(x, statistics.grid));
}

/** The float layer's parameters with its weights on the grid of the scheme; what is folded behind them stays. */
function gridWeights({ model, calibration, node, plan }: LayerAlone, exact: StepParameters): StepParameters {
  const { outputChannels } = layerFacts(model.graph, node);
  const kernel = weightsOf(model, node, 'kernel') as Float32Array;
  const { codes, scale } = quantiseKernel(kernel, outputChannels, plan, node.id, calibration);
  const folded = exact['kernel'] as Float32Array;
  const gain = (i: number): number => (kernel[i] === 0 ? 0 : folded[i] / kernel[i]);
  // Batch norm is folded into the float kernel channel by channel: its gain is read off the largest weight of each.
  const gains = new Float64Array(outputChannels);
  const largest = new Float64Array(outputChannels);
  for (let i = 0; i < kernel.length; i++) {
    const channel = i % outputChannels;
    if (Math.abs(kernel[i]) <= largest[channel]) continue;
    largest[channel] = Math.abs(kernel[i]);
    gains[channel] = gain(i);
  }
  return { ...exact, kernel: Float32Array.from(codes, (code, i) => code * scale[i % outputChannels] * gains[i % outputChannels]) };
}

/** Where the float network computes the layer. */
export function layerStep({ float, node }: LayerAlone): { readonly index: number; readonly step: LayerStep } {
  const { steps } = float.program.network;
  const index = steps.findIndex((step) => step.kind === 'layer' && step.node === node.id);
  return { index, step: steps[index] as LayerStep };
}

function noiseOf(alone: LayerAlone, engine: KernelEngine, change: (exact: StepParameters) => StepParameters, store: (values: Float32Array) => Float32Array): number {
  const { float } = alone;
  const { network, parameters } = float.program;
  const { index, step } = layerStep(alone);
  engine.reclaim();
  const runtime = createRuntime({ network: { ...network, steps: [step], inputs: [step.inputs[0]], outputs: [step.output] }, parameters: [change(parameters[index])] }, engine);
  const ratio = new NoiseRatio();
  for (let image = 0; image < noiseImages(float); image++) {
    ratio.add(float.read(step.output, image), runtime.run(store(float.read(step.inputs[0], image) as Float32Array)));
  }
  return ratio.decibels;
}

export function noiseImages(float: RecordedRun): number {
  return Math.min(NOISE_IMAGES, float.samples.count);
}

/** Decibels with the layer's weights on the scheme's grid, its input and everything else in float32. */
export function weightNoise(alone: LayerAlone, engine: KernelEngine): number {
  return noiseOf(alone, engine, (exact) => gridWeights(alone, exact), (values) => values);
}

/** Decibels with the layer's input stored as the scheme stores it, its weights and everything else in float32. */
export function activationNoise(alone: LayerAlone, engine: KernelEngine): number {
  return noiseOf(alone, engine, (exact) => exact, storeInput(alone));
}
