import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../../graph/graph.ts';

/**
 * An operator of the trainer as one loop over float32 arrays. It runs in place on the memory of tfjs' backends, so that
 * plain loops, tfjs' own kernels and later faster versions can be mixed in one graph.
 */
export interface ArrayOperator<A> {
  readonly name: string;
  readonly outputs: (inputs: readonly Shape[], attributes: A) => readonly Shape[];
  /** Fills every output; their memory is not cleared. */
  readonly run: (inputs: readonly Float32Array[], outputs: readonly Float32Array[], attributes: A, shapes: readonly Shape[]) => void;
  readonly gradient?: ArrayGradient<A>;
}

export interface ArrayGradient<A> {
  /** Which inputs and outputs the backward pass reads, by position. */
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
  /** Gradients of all inputs from those of the outputs. */
  readonly run: (dy: readonly tf.Tensor[], saved: readonly tf.Tensor[], attributes: A) => readonly tf.Tensor[];
}

/** tfjs' WebAssembly backend, as far as its memory is concerned. */
export interface HeapBackend {
  makeOutput(shape: readonly number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
}

interface PlainBackend {
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
  data: { get(id: object): { values: Float32Array } };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Backends whose tensors are float32 arrays that JavaScript can reach. */
const BACKENDS = {
  wasm: (backend: unknown, inputs: readonly tf.TensorInfo[], shapes: readonly Shape[], run: (inputs: Float32Array[], outputs: Float32Array[]) => void): tf.TensorInfo[] => {
    const heap = backend as HeapBackend;
    // Outputs first: an allocation may move the heap and with it every view.
    const outputs = shapes.map((shape) => heap.makeOutput([...shape], 'float32'));
    const view = (info: tf.TensorInfo): Float32Array => heap.typedArrayFromHeap(info);
    run(inputs.map(view), outputs.map(view));
    return outputs;
  },
  cpu: (backend: unknown, inputs: readonly tf.TensorInfo[], shapes: readonly Shape[], run: (inputs: Float32Array[], outputs: Float32Array[]) => void): tf.TensorInfo[] => {
    const plain = backend as PlainBackend;
    const values = shapes.map((shape) => new Float32Array(sizeOf(shape)));
    run(inputs.map((info) => Float32Array.from(plain.data.get(info.dataId).values)), values);
    return values.map((array, i) => plain.makeTensorInfo([...shapes[i]], 'float32', array));
  },
} as const;

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
          const shapes = given.map((info) => info.shape);
          return execute(backend, given, operator.outputs(shapes, attrs), (arrays, outputs) => operator.run(arrays, outputs, attrs, shapes));
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
