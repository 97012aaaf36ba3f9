import * as tf from '@tensorflow/tfjs-core';
import { elementCount, type Shape } from '../../graph/graph.ts';
import type { HeapBackend, TrainingKernels } from '../kernels/training-kernels.ts';
import { trainingKernels } from './active-kernels.ts';

/**
 * An operator of the trainer: a plain loop over float32 arrays that says what it computes, and where speed matters the same in
 * compiled kernels. Both run in place on the memory of tfjs' backends, so that they mix with tfjs' own kernels in one graph.
 */
export interface ArrayOperator<A> {
  readonly name: string;
  readonly outputs: (inputs: readonly Shape[], attributes: A) => readonly Shape[];
  /** Fills every output; their memory is not cleared. */
  readonly run: (inputs: readonly Float32Array[], outputs: readonly Float32Array[], attributes: A, shapes: readonly Shape[]) => void;
  /**
   * The same in compiled kernels, over byte addresses on tfjs' heap. `false`: not for these shapes, `run` computes. Anything that
   * `run` reports through the attributes has to be reported here as well.
   */
  readonly fast?: (call: FastCall<A>) => void | false;
  readonly gradient?: ArrayGradient<A>;
}

export interface FastCall<A> {
  readonly kernels: TrainingKernels;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly attributes: A;
  /** Of the inputs. */
  readonly shapes: readonly Shape[];
}

export interface ArrayGradient<A> {
  /** Which inputs and outputs the backward pass reads, by position. */
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
  /** Gradients of all inputs from those of the outputs. */
  readonly run: (dy: readonly tf.Tensor[], saved: readonly tf.Tensor[], attributes: A) => readonly tf.Tensor[];
}

interface PlainBackend {
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
  data: { get(id: object): { values: Float32Array } };
}

type Execute = (backend: unknown, operator: AnyOperator, inputs: readonly tf.TensorInfo[], attributes: unknown) => tf.TensorInfo[];

/** Backends whose tensors are float32 arrays that JavaScript can reach. */
const BACKENDS: Readonly<Record<string, Execute>> = {
  wasm: (backend, operator, inputs, attributes) => {
    const heap = backend as HeapBackend;
    const shapes = inputs.map(({ shape }) => shape);
    // Outputs first: an allocation may move the heap and with it every view.
    const outputs = operator.outputs(shapes, attributes).map((shape) => heap.makeOutput([...shape], 'float32'));
    const kernels = trainingKernels();
    if (kernels && operator.fast) {
      const call = { kernels, inputs: inputs.map(kernels.addressOf), outputs: outputs.map(kernels.addressOf), attributes, shapes };
      if (operator.fast(call) !== false) return outputs;
    }
    const view = (info: tf.TensorInfo): Float32Array => heap.typedArrayFromHeap(info);
    operator.run(inputs.map(view), outputs.map(view), attributes, shapes);
    return outputs;
  },
  cpu: (backend, operator, inputs, attributes) => {
    const plain = backend as PlainBackend;
    const shapes = inputs.map(({ shape }) => shape);
    const outputs = operator.outputs(shapes, attributes);
    const values = outputs.map((shape) => new Float32Array(elementCount(shape)));
    const given = inputs.map((info) => Float32Array.from(plain.data.get(info.dataId).values));
    operator.run(given, values, attributes, shapes);
    return values.map((array, i) => plain.makeTensorInfo([...outputs[i]], 'float32', array));
  },
};

const slot = (index: number): string => `input${index}`;
const PREFIX = 'Bitwright';

/** `any` because a list of operators has attributes of many kinds; `apply` below is typed. */
// oxlint-disable-next-line no-explicit-any
type AnyOperator = ArrayOperator<any>;

/** Makes the operators known to tfjs. Doing it twice changes nothing. */
export function registerArrayOperators(operators: readonly AnyOperator[]): void {
  for (const operator of operators) {
    const kernelName = PREFIX + operator.name;
    for (const [backendName, execute] of Object.entries(BACKENDS)) {
      if (tf.getKernel(kernelName, backendName)) continue;
      tf.registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, backend, attrs }) => {
          const given = Object.keys(inputs).map((_, i) => inputs[slot(i)] as tf.TensorInfo);
          return execute(backend, operator, given, attrs);
        },
      });
    }
    if (operator.gradient && !tf.getGradient(kernelName)) tf.registerGradient(gradientOf(kernelName, operator.gradient));
  }
}

// oxlint-disable-next-line no-explicit-any
function gradientOf(kernelName: string, gradient: ArrayGradient<any>): tf.GradConfig {
  const { inputs = [], outputs = [] } = gradient;
  return {
    kernelName,
    inputsToSave: inputs.map(slot),
    ...(outputs.length > 0 ? { outputsToSave: Array.from({ length: Math.max(...outputs) + 1 }, (_, i) => outputs.includes(i)) } : {}),
    gradFunc: (dy, saved, attributes) => {
      const gradients = gradient.run(Array.isArray(dy) ? dy : [dy], saved, attributes);
      return Object.fromEntries(gradients.map((tensor, i) => [slot(i), () => tensor]));
    },
  };
}

/** Runs an operator on tensors; recorded on the tape where it has a gradient. */
export function apply<A>(operator: ArrayOperator<A>, inputs: readonly tf.Tensor[], attributes: A): tf.Tensor[] {
  const named = Object.fromEntries(inputs.map((tensor, i) => [slot(i), tensor]));
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(PREFIX + operator.name, named, attributes as unknown as tf.NamedAttrMap);
  return Array.isArray(result) ? result : [result];
}
