import type { Finish, LayerGeometry, LayerKernel, LayerParameters } from '../../../core/kernels/kernel.ts';
import { prepareLayer } from '../../../core/kernels/finish.ts';
import type { KernelEngine } from '../../../core/kernels/load.ts';
import { createRandom } from '../../../core/base/random.ts';
import type { OursOf, ShapeOfCase } from './cases.ts';

export function geometryOfShape([size, inputChannels, outputChannels, kernel, stride]: ShapeOfCase): LayerGeometry {
  const pad = kernel >> 1;
  const output = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  return {
    op: size === 1 ? 'dense' : 'conv2d',
    inputHeight: size, inputWidth: size, inputChannels, kernelHeight: kernel, kernelWidth: kernel,
    outputHeight: output, outputWidth: output, outputChannels,
    strideY: stride, strideX: stride, dilationY: 1, dilationX: 1, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad,
  };
}

function parametersFor(ours: OursOf, g: LayerGeometry): LayerParameters {
  const random = createRandom(11);
  const count = g.kernelHeight * g.kernelWidth * g.inputChannels * g.outputChannels;
  if (ours.arithmetic === 'float32') {
    return { arithmetic: 'float32', kernel: Float32Array.from({ length: count }, () => random.normal()), bias: new Float32Array(g.outputChannels) };
  }
  const codes = Int8Array.from({ length: count }, () => (ours.weights === 'binary' ? random.pick([-1, 1]) : random.integer(-127, 128)));
  return ours.arithmetic === 'xnor' ? { arithmetic: 'xnor', codes, padding: 'minus' } : { arithmetic: 'integer', codes, zeroPoint: 3 };
}

function finishFor(ours: OursOf, channels: number): Finish {
  if (ours.finish === 'threshold') return { kind: 'threshold', thresholds: Int32Array.from({ length: channels }, (_, c) => (c % 7) - 3) };
  if (ours.finish === 'clip') return { kind: 'clip', low: 0, high: Number.POSITIVE_INFINITY };
  const one = new Float32Array(channels).fill(0.01);
  return { kind: 'requantise', multiplier: one, offset: one, zeroPoint: 3, low: -128, high: 127 };
}

/** One layer of ours, ready to run on noise. `only` leaves kernels out. */
export function ourLayer(engine: KernelEngine, ours: OursOf, g: LayerGeometry, only: (kernel: LayerKernel) => boolean = () => true): () => void {
  const { memory } = engine;
  const inputBytes = g.inputHeight * g.inputWidth * g.inputChannels * 4 + 64;
  const input = memory.allocate(inputBytes);
  const output = memory.allocate(g.outputHeight * g.outputWidth * g.outputChannels * 4 + 64);
  const chosen = { ...engine, kernels: engine.kernels.filter(only) };
  const job = { geometry: g, parameters: parametersFor(ours, g), finish: finishFor(ours, g.outputChannels), input, output };
  const parts = prepareLayer(chosen, job, memory).work.map(engine.bind);
  const random = createRandom(5);
  if (ours.arithmetic === 'float32') {
    new Float32Array(memory.buffer, input, inputBytes / 4).forEach((_, i, all) => (all[i] = random.normal()));
  } else if (ours.arithmetic === 'integer') {
    new Int8Array(memory.buffer, input, inputBytes).forEach((_, i, all) => (all[i] = random.integer(-128, 128)));
  } else {
    // Packed signs: bits past the channels stay 0, as the contract says.
    const words = Math.ceil(g.inputChannels / 64) * 8;
    new Uint8Array(memory.buffer, input, g.inputHeight * g.inputWidth * words).forEach((_, i, all) => {
      if ((i % words) * 8 < g.inputChannels) all[i] = random.integer(0, 256);
    });
  }
  return () => {
    for (let i = 0; i < parts.length; i++) parts[i]();
  };
}
