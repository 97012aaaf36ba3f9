import { createRandom } from '../../core/base/random.ts';
import type { KerasTensor } from '../fixtures/keras-writer.ts';

export interface KerasCase {
  readonly name: string;
  readonly input: readonly number[];
  readonly config: { readonly class_name: string; readonly config: unknown };
  readonly weights: Readonly<Record<string, readonly KerasTensor[]>>;
}

interface LayerSpec {
  readonly kind: string;
  readonly name: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Names of layers it reads; the layer before it if not given. */
  readonly from?: readonly string[];
  readonly weights?: Readonly<Record<string, readonly number[]>>;
}

/** Settings that Keras always writes and the readers of these tests (tfjs) insist on. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Conv2D: { use_bias: true, activation: 'linear', data_format: 'channels_last', dilation_rate: [1, 1], padding: 'valid', strides: [1, 1] },
  DepthwiseConv2D: { use_bias: true, activation: 'linear', data_format: 'channels_last', dilation_rate: [1, 1], padding: 'valid', strides: [1, 1], depth_multiplier: 1 },
  SeparableConv2D: { use_bias: true, activation: 'linear', data_format: 'channels_last', dilation_rate: [1, 1], padding: 'valid', strides: [1, 1], depth_multiplier: 1 },
  Dense: { use_bias: true, activation: 'linear' },
  BatchNormalization: { axis: [3], epsilon: 0.001, momentum: 0.99, center: true, scale: true },
};

function keras(seed: number, kind: 'Sequential' | 'Functional', name: string, input: readonly number[], layers: readonly LayerSpec[]): KerasCase {
  const random = createRandom(seed);
  const weights: Record<string, KerasTensor[]> = {};
  const described = layers.map((layer, i) => {
    weights[layer.name] = Object.entries(layer.weights ?? {}).map(([slot, shape]) => ({
      name: `${layer.name}/${slot}:0`,
      shape,
      values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (slot === 'moving_variance' ? random.uniform(0.3, 2) : random.normal(0, 0.4))),
    }));
    const settings = { ...DEFAULTS[layer.kind], ...layer.settings, name: layer.name, trainable: true, dtype: 'float32' };
    const from = layer.from ?? [i === 0 ? 'image' : layers[i - 1].name];
    return kind === 'Sequential'
      ? { class_name: layer.kind, config: i === 0 ? { ...settings, batch_input_shape: [null, ...input] } : settings }
      : { class_name: layer.kind, config: settings, name: layer.name, inbound_nodes: [from.map((source) => [source, 0, 0, {}])] };
  });
  const image = { class_name: 'InputLayer', name: 'image', inbound_nodes: [], config: { batch_input_shape: [null, ...input], dtype: 'float32', sparse: false, name: 'image' } };
  const config =
    kind === 'Sequential'
      ? { name: 'test', layers: described }
      : { name: 'test', layers: [image, ...described], input_layers: [['image', 0, 0]], output_layers: [[layers[layers.length - 1].name, 0, 0]] };
  return { name, input, config: { class_name: kind, config }, weights };
}

const norm = (channels: number): Record<string, readonly number[]> => ({ gamma: [channels], beta: [channels], moving_mean: [channels], moving_variance: [channels] });

export function kerasCases(seed: number): readonly KerasCase[] {
  return [
    keras(seed, 'Sequential', 'a chain with "same" padding over an even size', [8, 10, 3], [
      { kind: 'Conv2D', name: 'conv', settings: { filters: 6, kernel_size: [3, 3], strides: [2, 2], padding: 'same', activation: 'relu' }, weights: { kernel: [3, 3, 3, 6], bias: [6] } },
      { kind: 'BatchNormalization', name: 'norm', weights: norm(6) },
      { kind: 'MaxPooling2D', name: 'pool', settings: { pool_size: [2, 2], strides: [2, 2], padding: 'same', data_format: 'channels_last' } },
      { kind: 'Dropout', name: 'drop', settings: { rate: 0.5 } },
      { kind: 'Flatten', name: 'flat', settings: { data_format: 'channels_last' } },
      { kind: 'Dense', name: 'answer', settings: { units: 5, activation: 'softmax' }, weights: { kernel: [36, 5], bias: [5] } },
    ]),
    keras(seed + 1, 'Functional', 'a residual block', [6, 6, 4], [
      { kind: 'Conv2D', name: 'first', settings: { filters: 4, kernel_size: [3, 3], padding: 'same', use_bias: false }, weights: { kernel: [3, 3, 4, 4] } },
      { kind: 'BatchNormalization', name: 'norm', settings: { scale: false }, weights: { beta: [4], moving_mean: [4], moving_variance: [4] } },
      { kind: 'Activation', name: 'relu', settings: { activation: 'relu' } },
      { kind: 'Add', name: 'sum', from: ['relu', 'image', 'first'] },
      { kind: 'ReLU', name: 'six', settings: { max_value: 6 } },
      { kind: 'GlobalAveragePooling2D', name: 'mean', settings: { data_format: 'channels_last' } },
      { kind: 'Dense', name: 'answer', settings: { units: 3 }, weights: { kernel: [4, 3], bias: [3] } },
    ]),
    keras(seed + 2, 'Functional', 'depthwise and separable layers with padding', [9, 7, 3], [
      { kind: 'ZeroPadding2D', name: 'pad', settings: { padding: [[1, 0], [0, 2]], data_format: 'channels_last' } },
      { kind: 'DepthwiseConv2D', name: 'depth', settings: { kernel_size: [3, 3], strides: [2, 2], depth_multiplier: 2 }, weights: { depthwise_kernel: [3, 3, 3, 2], bias: [6] } },
      { kind: 'LeakyReLU', name: 'leaky', settings: { alpha: 0.1 } },
      { kind: 'SeparableConv2D', name: 'apart', settings: { filters: 5, kernel_size: [3, 3], padding: 'same', activation: 'tanh' }, weights: { depthwise_kernel: [3, 3, 6, 1], pointwise_kernel: [1, 1, 6, 5], bias: [5] } },
      { kind: 'Concatenate', name: 'both', settings: { axis: -1 }, from: ['leaky', 'apart'] },
      { kind: 'AveragePooling2D', name: 'pool', settings: { pool_size: [2, 2], strides: [2, 2], padding: 'same', data_format: 'channels_last' } },
      { kind: 'Reshape', name: 'shape', settings: { target_shape: [2, 22] } },
      { kind: 'Flatten', name: 'flat', settings: { data_format: 'channels_last' } },
      { kind: 'Dense', name: 'answer', settings: { units: 4, activation: 'sigmoid' }, weights: { kernel: [44, 4], bias: [4] } },
    ]),
    keras(seed + 3, 'Functional', 'gaps in the kernel and the largest of each channel', [9, 9, 2], [
      { kind: 'Conv2D', name: 'gaps', settings: { filters: 3, kernel_size: [3, 2], dilation_rate: [2, 2], padding: 'same' }, weights: { kernel: [3, 2, 2, 3], bias: [3] } },
      { kind: 'GlobalMaxPooling2D', name: 'largest', settings: { data_format: 'channels_last' } },
      { kind: 'Softmax', name: 'answer', settings: { axis: -1 } },
    ]),
    nested(seed + 4),
    keras(seed + 6, 'Sequential', 'a cut, a turn and a slope a channel', [7, 8, 3], [
      { kind: 'Conv2D', name: 'conv', settings: { filters: 4, kernel_size: [3, 3] }, weights: { kernel: [3, 3, 3, 4], bias: [4] } },
      { kind: 'PReLU', name: 'slopes', settings: { shared_axes: [1, 2] }, weights: { alpha: [1, 1, 4] } },
      { kind: 'Cropping2D', name: 'cut', settings: { cropping: [[1, 0], [0, 2]], data_format: 'channels_last' } },
      { kind: 'Permute', name: 'turn', settings: { dims: [2, 1, 3] } },
      { kind: 'Flatten', name: 'flat', settings: { data_format: 'channels_last' } },
      { kind: 'Dense', name: 'answer', settings: { units: 3 }, weights: { kernel: [64, 3], bias: [3] } },
    ]),
  ];
}

/** A network with a branch and a chain as two layers of a third, as transfer learning makes them. */
function nested(seed: number): KerasCase {
  const input = [8, 8, 3];
  const base = keras(seed, 'Functional', 'base', input, [
    { kind: 'Conv2D', name: 'first', settings: { filters: 3, kernel_size: [3, 3], padding: 'same', activation: 'relu' }, weights: { kernel: [3, 3, 3, 3], bias: [3] } },
    { kind: 'BatchNormalization', name: 'norm', weights: norm(3) },
    { kind: 'Add', name: 'sum', from: ['norm', 'image'] },
  ]);
  const head = keras(seed + 1, 'Sequential', 'head', input, [
    { kind: 'Conv2D', name: 'last', settings: { filters: 4, kernel_size: [3, 3], strides: [2, 2] }, weights: { kernel: [3, 3, 3, 4], bias: [4] } },
    { kind: 'GlobalAveragePooling2D', name: 'mean', settings: { data_format: 'channels_last' } },
    { kind: 'Dense', name: 'answer', settings: { units: 3, activation: 'softmax' }, weights: { kernel: [4, 3], bias: [3] } },
  ]);
  const image = { class_name: 'InputLayer', name: 'photo', inbound_nodes: [], config: { batch_input_shape: [null, ...input], dtype: 'float32', sparse: false, name: 'photo' } };
  const within = (part: KerasCase, name: string, nodes: readonly unknown[]) => ({ class_name: part.config.class_name === 'Functional' ? 'Model' : 'Sequential', name, config: { ...(part.config.config as object), name }, inbound_nodes: nodes });
  // Call 0 of a network is the one with which it was made.
  const layers = [image, within(base, 'base', [[['photo', 0, 0, {}]]]), within(head, 'head', [[['base', 1, 0, {}]]])];
  return {
    name: 'networks within a network',
    input,
    config: { class_name: 'Functional', config: { name: 'test', layers, input_layers: [['photo', 0, 0]], output_layers: [['head', 1, 0]] } },
    weights: { base: Object.values(base.weights).flat(), head: Object.values(head.weights).flat() },
  };
}
