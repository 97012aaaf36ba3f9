import { createRandom } from '../../core/base/random.ts';
import type { NamedFile } from '../../core/data/data-set.ts';
import { writeTfjs, type TfjsWeight } from '../fixtures/tfjs-writer.ts';

export interface GraphCase {
  readonly name: string;
  readonly input: readonly number[];
  readonly files: readonly NamedFile[];
}

type Attributes = Readonly<Record<string, object>>;

const text = (value: string): object => ({ s: btoa(value) });
const list = (...values: number[]): object => ({ list: { i: values.map(String) } });
const texts = (...values: string[]): object => ({ list: { s: values.map((value) => btoa(value)) } });
const whole = (value: number): object => ({ i: String(value) });

/** Writes nodes as TensorFlow's converter does; each gives its name. */
class GraphBuilder {
  readonly nodes: object[] = [];
  readonly weights: TfjsWeight[] = [];
  private readonly random;
  private readonly quantised: TfjsWeight['quantised'];

  constructor(seed: number, input: readonly number[], quantised?: TfjsWeight['quantised']) {
    this.random = createRandom(seed);
    this.quantised = quantised;
    this.nodes.push({ name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [-1, ...input].map((size) => ({ size: String(size) })) } } } });
  }

  node(op: string, name: string, input: readonly string[], attr: Attributes = {}): string {
    this.nodes.push({ name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } });
    return name;
  }

  private constant(weight: TfjsWeight): string {
    this.nodes.push({ name: weight.name, op: 'Const', attr: { dtype: { type: weight.dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' } } });
    this.weights.push(weight);
    return weight.name;
  }

  real(name: string, shape: readonly number[], least = -0.5, most = 0.5): string {
    const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => this.random.uniform(least, most));
    return this.constant({ name, shape, values, ...(this.quantised ? { quantised: this.quantised } : {}) });
  }

  exact(name: string, shape: readonly number[], values: readonly number[]): string {
    return this.constant({ name, shape, values });
  }

  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant({ name, shape, values, dtype: 'int32' });
  }

  files(): readonly NamedFile[] {
    return writeTfjs({ node: this.nodes, library: {}, versions: { producer: 440 } }, this.weights, { format: 'graph-model' });
  }
}

const window = (stride: number, padding: string, more: Attributes = {}): Attributes => ({ strides: list(1, stride, stride, 1), dilations: list(1, 1, 1, 1), padding: text(padding), data_format: text('NHWC'), ...more });

function fused(seed: number, quantised?: TfjsWeight['quantised']): GraphCase {
  const input = [9, 10, 3];
  const g = new GraphBuilder(seed, input, quantised);
  const first = g.node('_FusedConv2D', 'first', ['image', g.real('first/kernel', [3, 3, 3, 6]), g.real('first/bias', [6])], window(2, 'SAME', { fused_ops: texts('BiasAdd', 'Relu6'), num_args: whole(1) }));
  const depth = g.node('FusedDepthwiseConv2dNative', 'depth', [first, g.real('depth/kernel', [3, 3, 6, 1]), g.real('depth/bias', [6])], window(1, 'SAME', { fused_ops: texts('BiasAdd', 'Relu'), num_args: whole(1) }));
  const bent = g.node('_FusedConv2D', 'bent', [depth, g.real('bent/kernel', [1, 1, 6, 6]), g.real('bent/bias', [6]), g.real('bent/slopes', [6])], window(1, 'VALID', { fused_ops: texts('BiasAdd', 'Prelu'), num_args: whole(2) }));
  const leaky = g.node('_FusedConv2D', 'leaky', [bent, g.real('leaky/kernel', [1, 1, 6, 6]), g.real('leaky/bias', [6])], window(1, 'VALID', { fused_ops: texts('BiasAdd', 'LeakyRelu'), num_args: whole(1), leakyrelu_alpha: { f: 0.15 } }));
  const sum = g.node('AddV2', 'sum', [leaky, depth]);
  const mean = g.node('Mean', 'mean', [sum, g.integers('axes', [1, 2])], { keep_dims: { b: false } });
  const answer = g.node('_FusedMatMul', 'answer', [mean, g.real('answer/kernel', [6, 4]), g.real('answer/bias', [4])], { fused_ops: texts('BiasAdd'), num_args: whole(1), transpose_a: { b: false }, transpose_b: { b: false } });
  g.node('Softmax', 'probabilities', [answer]);
  return { name: `fused layers${quantised ? `, ${quantised} weights` : ''}`, input, files: g.files() };
}

function plain(seed: number): GraphCase {
  const input = [8, 7, 2];
  const g = new GraphBuilder(seed, input);
  const padded = g.node('Pad', 'pad', ['image', g.integers('pads', [0, 0, 1, 0, 0, 2, 0, 0], [4, 2])]);
  const conv = g.node('Conv2D', 'conv', [padded, g.real('conv/kernel', [3, 2, 2, 4])], window(1, 'EXPLICIT', { explicit_paddings: list(0, 0, 0, 1, 1, 0, 0, 0) }));
  const biased = g.node('BiasAdd', 'biased', [conv, g.real('conv/bias', [4])]);
  const parts = ['gamma', 'beta', 'mean'].map((part) => g.real(`norm/${part}`, [4]));
  const norm = g.node('FusedBatchNormV3', 'norm', [biased, ...parts, g.real('norm/variance', [4], 0.3, 2)], { epsilon: { f: 0.001 }, is_training: { b: false }, data_format: text('NHWC') });
  const depth = g.node('DepthwiseConv2dNative', 'depth', [norm, g.real('depth/kernel', [2, 2, 4, 2])], window(1, 'VALID', { dilations: list(1, 2, 2, 1) }));
  const scaled = g.node('Mul', 'scaled', [depth, g.real('factor', [8], 0.5, 1.5)]);
  const shifted = g.node('Sub', 'shifted', [g.exact('one', [], [1]), scaled]);
  const pooled = g.node('MaxPool', 'pool', [g.node('LeakyRelu', 'leaky', [shifted], { alpha: { f: 0.3 } })], window(2, 'SAME', { ksize: list(1, 3, 3, 1) }));
  const average = g.node('AvgPool', 'average', [pooled], window(1, 'SAME', { ksize: list(1, 2, 2, 1) }));
  const both = g.node('ConcatV2', 'both', [pooled, average, g.integers('axis', [3], [])], { N: whole(2) });
  const clipped = g.node('Minimum', 'low', [g.node('Maximum', 'high', [both, g.exact('least', [], [-0.4])]), g.exact('most', [], [0.9])]);
  const turned = g.node('Transpose', 'turned', [clipped, g.integers('perm', [0, 2, 1, 3])]);
  const cut = g.node('StridedSlice', 'cut', [turned, ...[[0, 1, 0, 0], [0, 3, 0, 16], [1, 1, 1, 2]].map((values, i) => g.integers(`cut/${i}`, values))], { begin_mask: whole(1), end_mask: whole(7), ellipsis_mask: whole(0), new_axis_mask: whole(0), shrink_axis_mask: whole(0) });
  // How TensorFlow writes a flatten: the batch is taken out of the shape.
  const shape = g.node('Shape', 'shape', [cut]);
  const batch = g.node('StridedSlice', 'batch', [shape, ...[[0], [1], [1]].map((values, i) => g.integers(`batch/${i}`, values))], { shrink_axis_mask: whole(1) });
  const flat = g.node('Reshape', 'flat', [cut, g.node('Pack', 'pack', [batch, g.integers('rest', [-1], [])], { N: whole(2) })]);
  // Height, width and channels behind the padding, the windows and the cut.
  const length = 3 * 3 * 8;
  const product = g.node('MatMul', 'product', [flat, g.real('product/kernel', [3, length])], { transpose_a: { b: false }, transpose_b: { b: true } });
  g.node('Tanh', 'answer', [g.node('RealDiv', 'half', [product, g.exact('two', [], [2])])]);
  return { name: 'layers with their parts one by one', input, files: g.files() };
}

export const graphCases = (seed: number): readonly GraphCase[] => [fused(seed), fused(seed, 'uint8'), fused(seed, 'uint16'), fused(seed, 'float16'), plain(seed + 1)];
