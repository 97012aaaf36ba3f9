import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../../base/errors.ts';
import { elementCount, type GraphNode, type Model, type PoolAttributes } from '../../graph/graph.ts';
import { bake } from '../../runtime/bake.ts';
import type { LayerStep, OpStep, Program, StepParameters } from '../../runtime/program.ts';
import { NO_CALIBRATION } from '../../runtime/watch.ts';
import { runOperator } from './operators.ts';

type Activation = 'linear' | 'relu' | 'relu6';
type Padding = [[number, number], [number, number], [number, number], [number, number]];

/** Which limits tfjs' fused kernels know; null: a clip of its own follows. */
function activationOf([low, high]: Float32Array): Activation | null {
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return 'linear';
  if (low !== 0) return null;
  return high === Number.POSITIVE_INFINITY ? 'relu' : high === 6 ? 'relu6' : null;
}

function paddingOf({ padTop, padBottom, padLeft, padRight }: { readonly padTop: number; readonly padBottom: number; readonly padLeft: number; readonly padRight: number }): Padding {
  return [[0, 0], [padTop, padBottom], [padLeft, padRight], [0, 0]];
}

const isUnpadded = (padding: Padding): boolean => padding.flat().every((size) => size === 0);

/**
 * The float32 network on tfjs as its users would have it: batch norm folded, bias and ReLU fused into XNNPACK's kernels, native
 * pooling. It is made of the studio's own lowered network, so both compute the same. Call `startBackend` first.
 */
export class TensorflowFloatNetwork {
  private readonly program: Program;
  private readonly nodes: ReadonlyMap<string, GraphNode>;
  private readonly weights: readonly Readonly<Record<string, tf.Tensor>>[];
  private readonly inputShape: number[];

  constructor({ graph, weights }: Model) {
    this.program = bake({ graph, weights }, {}, NO_CALIBRATION);
    this.nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    this.inputShape = [...graph.inputs[0].shape];
    const { steps } = this.program.network;
    this.weights = steps.map((step, index) => tensorsOf(step, this.program.parameters[index]));
  }

  /** One sample. Returns when the answer is computed and read, as the studio's runtime does. */
  run(sample: Float32Array): Float32Array {
    const { network } = this.program;
    return tf.tidy(() => {
      const values = new Map<number, tf.Tensor>([[network.inputs[0], tf.tensor(sample, this.inputShape)]]);
      network.steps.forEach((step, index) => {
        const inputs = step.inputs.map((input) => values.get(input) as tf.Tensor);
        if (step.kind === 'layer') values.set(step.output, this.layer(step, inputs[0], index));
        else if (step.kind === 'op') values.set(step.output, this.operator(step, inputs, index));
        else throw new StudioError(`A float32 network has no step that converts ${step.node}.`, { where: network.name });
      });
      return (values.get(network.outputs[0]) as tf.Tensor).dataSync() as Float32Array;
    });
  }

  dispose(): void {
    for (const tensors of this.weights) Object.values(tensors).forEach((tensor) => tensor.dispose());
  }

  private layer({ geometry }: LayerStep, x: tf.Tensor, index: number): tf.Tensor {
    const { limits } = this.program.parameters[index];
    const { kernel, bias } = this.weights[index];
    const activation = activationOf(limits as Float32Array);
    const fused = { bias, activation: activation ?? 'linear' } as const;
    const strides: [number, number] = [geometry.strideY, geometry.strideX];
    const dilations: [number, number] = [geometry.dilationY, geometry.dilationX];
    const pad = paddingOf(geometry);
    let result: tf.Tensor;
    if (geometry.op === 'dense') result = tf.fused.matMul({ a: tf.reshape(x, [-1, geometry.inputChannels]) as tf.Tensor2D, b: kernel as tf.Tensor2D, ...fused });
    else if (geometry.op === 'conv2d') result = tf.fused.conv2d({ x: x as tf.Tensor4D, filter: kernel as tf.Tensor4D, strides, dilations, pad, ...fused });
    else {
      const padded = isUnpadded(pad) ? x : tf.pad(x, pad);
      result = tf.fused.depthwiseConv2d({ x: padded as tf.Tensor4D, filter: kernel as tf.Tensor4D, strides, dilations, pad: 'valid', ...fused });
    }
    return activation === null ? tf.clipByValue(result, limits[0], limits[1]) : result;
  }

  private operator(step: OpStep, inputs: readonly tf.Tensor[], index: number): tf.Tensor {
    const node = this.nodes.get(step.node) as GraphNode;
    const [x] = inputs;
    const { limits } = this.program.parameters[index];
    switch (node.op) {
      case 'add': {
        const sum = tf.add(x, inputs[1]);
        const activation = activationOf(limits as Float32Array);
        if (activation === 'linear') return sum;
        return activation === 'relu' ? tf.relu(sum) : tf.clipByValue(sum, limits[0], limits[1]);
      }
      case 'batch-norm':
        return tf.add(tf.mul(x, this.weights[index]['multiplier']), this.weights[index]['offset']);
      case 'relu':
        return tf.relu(x);
      case 'clip':
        return tf.clipByValue(x, node.attributes.minimum, node.attributes.maximum);
      case 'max-pool':
        return pool(x, node.attributes, 'max');
      case 'average-pool':
        // tfjs' own average differs from the studio's where it is padded.
        return isUnpadded(paddingOf(node.attributes)) ? pool(x, node.attributes, 'average') : runOperator(node, inputs, null);
      case 'global-average-pool':
        return tf.reshape(tf.mean(x, [1, 2]), [...node.shape]);
      default:
        return runOperator(node, inputs, null);
    }
  }
}

function pool(x: tf.Tensor, attributes: PoolAttributes, kind: 'max' | 'average'): tf.Tensor {
  const size: [number, number] = [attributes.sizeY, attributes.sizeX];
  const strides: [number, number] = [attributes.strideY, attributes.strideX];
  const pad = paddingOf(attributes);
  const padding = isUnpadded(pad) ? 'valid' : pad;
  return kind === 'max' ? tf.maxPool(x as tf.Tensor4D, size, strides, padding) : tf.avgPool(x as tf.Tensor4D, size, strides, padding);
}

function tensorsOf(step: Program['network']['steps'][number], parameters: StepParameters): Readonly<Record<string, tf.Tensor>> {
  if (step.kind === 'op') {
    if (step.op !== 'batch-norm') return {};
    return { multiplier: tf.tensor1d(parameters['multiplier'] as Float32Array), offset: tf.tensor1d(parameters['offset'] as Float32Array) };
  }
  if (step.kind !== 'layer') return {};
  const { op, kernelHeight, kernelWidth, inputChannels, outputChannels } = step.geometry;
  const shapes = {
    dense: [inputChannels, outputChannels],
    conv2d: [kernelHeight, kernelWidth, inputChannels, outputChannels],
    'depthwise-conv2d': [kernelHeight, kernelWidth, inputChannels, outputChannels / inputChannels],
  } as const;
  const shape = [...shapes[op]];
  const kernel = parameters['kernel'] as Float32Array;
  if (elementCount(shape) !== kernel.length) throw new StudioError(`The weights of ${step.node} do not have the shape ${shape.join('×')}.`, { where: step.node });
  return { kernel: tf.tensor(kernel, shape), bias: tf.tensor1d(parameters['bias'] as Float32Array) };
}
