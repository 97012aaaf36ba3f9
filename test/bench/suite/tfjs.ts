import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { LayerGeometry } from '../../../core/kernels/kernel.ts';
import { isFloatLayer, type LayerStep, type OpStep, type Program } from '../../../core/runtime/program.ts';

/** One thread, SIMD: what TensorFlow.js gives a page without isolation, and the fair partner of one thread of ours. */
export async function startTfjs(wasmFolder: string): Promise<void> {
  setWasmPaths(wasmFolder);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  await tf.ready();
}

type Padding = [[number, number], [number, number], [number, number], [number, number]];

function paddingOf(g: LayerGeometry): Padding {
  return [[0, 0], [g.padTop, g.padBottom], [g.padLeft, g.padRight], [0, 0]];
}

function noise(shape: number[]): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', 7);
}

export function tfjsLayer(g: LayerGeometry): () => void {
  if (g.op === 'dense') {
    const x = noise([1, g.inputChannels]) as tf.Tensor2D;
    const w = noise([g.inputChannels, g.outputChannels]) as tf.Tensor2D;
    return () => tf.matMul(x, w).dispose();
  }
  const x = noise([1, g.inputHeight, g.inputWidth, g.inputChannels]) as tf.Tensor4D;
  const w = noise([g.kernelHeight, g.kernelWidth, g.inputChannels, g.outputChannels]) as tf.Tensor4D;
  return () => tf.conv2d(x, w, [g.strideY, g.strideX], paddingOf(g)).dispose();
}

type Values = (tf.Tensor | undefined)[];
type Apply = (values: Values) => tf.Tensor;

function activationOf(limits: ArrayLike<number>): 'relu' | 'relu6' | 'linear' {
  if (limits[0] === 0) return limits[1] === 6 ? 'relu6' : 'relu';
  return 'linear';
}

/** Layers with bias and activation fused, as TensorFlow.js itself would run them after conversion. */
function layer(step: LayerStep, parameters: Program['parameters'][number]): Apply {
  if (!isFloatLayer(step)) throw new Error('The other runtime runs the float32 network.');
  const g = step.geometry;
  const kernel = parameters['kernel'] as Float32Array;
  const bias = tf.tensor1d(parameters['bias'] as Float32Array);
  const activation = activationOf(parameters['limits']);
  const [from] = step.inputs;
  if (g.op === 'dense') {
    const b = tf.tensor2d(kernel, [g.inputChannels, g.outputChannels]);
    return (values) => tf.fused.matMul({ a: values[from] as tf.Tensor2D, b, bias, activation });
  }
  const pad = paddingOf(g);
  const strides: [number, number] = [g.strideY, g.strideX];
  const x = (values: Values): tf.Tensor4D => values[from] as tf.Tensor4D;
  if (g.op === 'conv2d') {
    const filter = tf.tensor4d(kernel, [g.kernelHeight, g.kernelWidth, g.inputChannels, g.outputChannels]);
    return (values) => tf.fused.conv2d({ x: x(values), filter, strides, pad, bias, activation });
  }
  const filter = tf.tensor4d(kernel, [g.kernelHeight, g.kernelWidth, g.inputChannels, g.outputChannels / g.inputChannels]);
  // The fused depthwise operation takes no padding of its own; same and valid are all that these networks have.
  const uneven = g.padTop !== g.padBottom || g.padLeft !== g.padRight;
  const kind = g.padTop + g.padBottom + g.padLeft + g.padRight === 0 ? 'valid' : uneven || g.strideY === 1 ? 'same' : Math.max(g.padTop, g.padLeft);
  return (values) => tf.fused.depthwiseConv2d({ x: x(values), filter, strides, pad: kind, bias, activation });
}

function pool(step: OpStep): { size: [number, number]; strides: [number, number]; pad: 'valid' } {
  const number = (name: string): number => step.attributes[name] as number;
  if (['padTop', 'padBottom', 'padLeft', 'padRight'].some((name) => number(name) !== 0)) throw new Error('Padded pools are not compared.');
  return { size: [number('sizeY'), number('sizeX')], strides: [number('strideY'), number('strideX')], pad: 'valid' };
}

function operator(step: OpStep, parameters: Program['parameters'][number], shape: readonly number[]): Apply {
  const [a, b] = step.inputs;
  const x = (values: Values): tf.Tensor4D => values[a] as tf.Tensor4D;
  switch (step.op) {
    case 'add': {
      const relu = activationOf(parameters['limits']) !== 'linear';
      return (values) => {
        const sum = tf.add(values[a] as tf.Tensor, values[b] as tf.Tensor);
        return relu ? tf.relu(sum) : sum;
      };
    }
    case 'max-pool': {
      const { size, strides, pad } = pool(step);
      return (values) => tf.maxPool(x(values), size, strides, pad);
    }
    case 'average-pool': {
      const { size, strides, pad } = pool(step);
      return (values) => tf.avgPool(x(values), size, strides, pad);
    }
    case 'global-average-pool':
      return (values) => tf.mean(x(values), [1, 2]);
    case 'relu':
      return (values) => tf.relu(x(values));
    case 'clip':
      return (values) => tf.clipByValue(x(values), step.attributes['minimum'] as number, step.attributes['maximum'] as number);
    case 'reshape':
    case 'identity':
      return (values) => tf.reshape(x(values), [...shape]);
    case 'softmax':
      return (values) => tf.softmax(x(values));
    default:
      throw new Error(`The benchmark does not run ${step.op} on TensorFlow.js.`);
  }
}

/** A float32 program on TensorFlow.js; batch norm is folded in it already. Returns a runner and the last result. */
export function tfjsNetwork({ network, parameters }: Program): { readonly run: () => void; readonly answer: (input: Float32Array) => Float32Array } {
  const steps = network.steps.map((step, i): Apply => {
    if (step.kind === 'layer') return layer(step, parameters[i]);
    if (step.kind === 'op') return operator(step, parameters[i], network.buffers[step.output].shape);
    throw new Error('A float32 network has no conversions.');
  });
  const forward = (input: tf.Tensor): tf.Tensor => {
    const values: Values = [];
    values[network.inputs[0]] = input;
    steps.forEach((apply, i) => (values[network.steps[i].output] = apply(values)));
    return values[network.outputs[0]] as tf.Tensor;
  };
  const shape = [...network.buffers[network.inputs[0]].shape];
  const input = noise(shape);
  return {
    run: () => tf.tidy(() => void forward(input)),
    answer: (values) => tf.tidy(() => forward(tf.tensor(values, shape)).dataSync() as Float32Array),
  };
}
