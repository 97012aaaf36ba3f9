import { createRandom, type Random } from '../../core/base/random.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../fixtures/onnx-writer.ts';

export interface OnnxCase {
  readonly name: string;
  readonly model: OnnxModel;
}

const count = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

export function randomTensor(random: Random, dims: readonly number[], deviation = 0.4): OnnxTensor {
  return { dims, floats: Float32Array.from({ length: count(dims) }, () => random.normal(0, deviation)) };
}

const positive = (random: Random, size: number): OnnxTensor => ({ dims: [size], floats: Float32Array.from({ length: size }, () => random.uniform(0.3, 2)) });
const single = (value: number): OnnxTensor => ({ dims: [], floats: [value] });
const integers = (...values: number[]): OnnxTensor => ({ dims: [values.length], integers: values });

/** Nodes in a chain: each reads the one before it and then the named inputs. */
function chain(input: string, nodes: readonly (Omit<OnnxNode, 'inputs' | 'outputs'> & { readonly with?: readonly string[] })[]): OnnxNode[] {
  return nodes.map((node, i) => ({
    ...node,
    inputs: [i === 0 ? input : `v${i}`, ...(node.with ?? [])],
    outputs: [i === nodes.length - 1 ? 'y' : `v${i + 1}`],
  }));
}

function image(name: string, shape: readonly number[], nodes: readonly OnnxNode[], initialisers: Record<string, OnnxTensor>, rank: number, opset = 13): OnnxCase {
  const outputs = [{ name: 'y', shape: Array.from({ length: rank }, (_, axis) => `d${axis}`) }];
  return { name, model: { opset, nodes, initialisers, inputs: [{ name: 'x', shape }], outputs } };
}

export function onnxCases(seed: number): readonly OnnxCase[] {
  const random = createRandom(seed);
  const t = (...dims: number[]): OnnxTensor => randomTensor(random, dims);
  const conv = (attributes: OnnxNode['attributes'], opset = 13) => (name: string, channels: number, size: readonly [number, number]): OnnxCase =>
    image(name, [1, channels, ...size], chain('x', [{ op: 'Conv', name: 'conv', with: ['w', 'b'], attributes }, { op: 'Relu' }]), { w: t(5, channels, 3, 3), b: t(5) }, 4, opset);
  return [
    conv({ kernel_shape: [3, 3], pads: [1, 0, 2, 1], strides: [2, 1] })('a convolution with uneven pads and strides', 3, [9, 8]),
    conv({ auto_pad: 'SAME_UPPER', strides: [2, 2] })('SAME_UPPER with an even size and stride 2', 2, [8, 7]),
    conv({ auto_pad: 'SAME_LOWER', strides: [2, 2] })('SAME_LOWER with an even size and stride 2', 2, [8, 7]),
    conv({ auto_pad: 'VALID', dilations: [2, 1] })('VALID with gaps', 2, [9, 7]),
    image('a depthwise convolution with two outputs a channel', [1, 4, 6, 6], chain('x', [{ op: 'Conv', with: ['w', 'b'], attributes: { group: 4, pads: [1, 1, 1, 1] } }]), { w: t(8, 1, 3, 3), b: t(8) }, 4),
    image('max-pooling with padding', [1, 3, 7, 8], chain('x', [{ op: 'MaxPool', attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] } }]), {}, 4),
    image('max-pooling that rounds up', [1, 3, 8, 7], chain('x', [{ op: 'MaxPool', attributes: { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 } }]), {}, 4),
    image('average-pooling without its padding', [1, 3, 7, 7], chain('x', [{ op: 'AveragePool', attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } }]), {}, 4),
    image('average-pooling that counts its padding', [1, 3, 7, 7], chain('x', [{ op: 'AveragePool', attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 } }]), {}, 4),
    image(
      'global average, flatten and Gemm with factors',
      [1, 6, 5, 4],
      chain('x', [{ op: 'GlobalAveragePool' }, { op: 'Flatten' }, { op: 'Gemm', with: ['w', 'b'], attributes: { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } } }]),
      { w: t(7, 6), b: t(7) },
      2,
    ),
    image(
      'a flattened image into a product and a sum',
      [1, 3, 4, 5],
      chain('x', [{ op: 'Relu' }, { op: 'Reshape', with: ['s'] }, { op: 'MatMul', with: ['w'] }, { op: 'Add', with: ['b'] }]),
      { s: integers(0, -1), w: t(60, 6), b: t(1, 6) },
      2,
    ),
    image(
      'a kernel that is reshaped and transposed in the graph',
      [1, 2, 3, 3],
      [
        { op: 'Reshape', inputs: ['w', 's'], outputs: ['w2'] },
        { op: 'Transpose', inputs: ['w2'], outputs: ['w3'], attributes: { perm: [1, 0] } },
        { op: 'Flatten', inputs: ['x'], outputs: ['f'] },
        { op: 'MatMul', inputs: ['f', 'w3'], outputs: ['y'] },
      ],
      { w: t(5, 2, 3, 3), s: integers(5, 18) },
      2,
    ),
    image(
      'batch norm and every activation',
      [1, 4, 5, 5],
      chain('x', [
        { op: 'BatchNormalization', with: ['g', 'b', 'm', 'v'], attributes: { epsilon: { float: 0.01 } } },
        { op: 'LeakyRelu', attributes: { alpha: { float: 0.2 } } },
        { op: 'Clip', with: ['low', 'high'] },
        { op: 'Tanh' },
        { op: 'Sigmoid' },
      ]),
      { g: t(4), b: t(4), m: t(4), v: positive(random, 4), low: { dims: [], floats: [-0.5] }, high: { dims: [], floats: [1.5] } },
      4,
    ),
    image('a batch norm over a vector', [1, 6], chain('x', [{ op: 'BatchNormalization', with: ['g', 'b', 'm', 'v'] }, { op: 'Clip', with: ['low'] }]), { g: t(6), b: t(6), m: t(6), v: positive(random, 6), low: { dims: [], floats: [0] } }, 2),
    image(
      'a residual block whose shortcut takes every second pixel and pads channels',
      [1, 4, 6, 6],
      [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
        { op: 'Slice', inputs: ['x', 'st', 'en', 'ax', 'sp'], outputs: ['s'] },
        { op: 'Pad', inputs: ['s', 'p'], outputs: ['q'] },
        { op: 'Add', inputs: ['c', 'q'], outputs: ['y'] },
      ],
      { w: t(8, 4, 3, 3), st: integers(0, 0), en: integers(2 ** 31, 6), ax: integers(2, 3), sp: integers(2, 2), p: integers(0, 2, 0, 0, 0, 2, 0, 0) },
      4,
    ),
    image('a slice that runs backwards', [1, 2, 5, 4], chain('x', [{ op: 'Slice', with: ['st', 'en', 'ax', 'sp'] }]), { st: integers(-1), en: integers(-6), ax: integers(2), sp: integers(-2) }, 4),
    image(
      'padding before a convolution',
      [1, 3, 6, 5],
      chain('x', [{ op: 'Pad', with: ['p'] }, { op: 'Conv', with: ['w'], attributes: { strides: [2, 2] } }]),
      { p: integers(0, 0, 1, 0, 0, 0, 1, 2), w: t(4, 3, 3, 3) },
      4,
    ),
    image(
      'joined channels',
      [1, 3, 4, 4],
      [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Relu', inputs: ['x'], outputs: ['b'] },
        { op: 'Concat', inputs: ['a', 'b'], outputs: ['c'], attributes: { axis: 1 } },
        { op: 'Conv', inputs: ['c', 'w2'], outputs: ['y'] },
      ],
      { w: t(2, 3, 1, 1), w2: t(3, 5, 1, 1) },
      4,
    ),
    image(
      'an NHWC input that the graph turns itself',
      [1, 6, 5, 3],
      chain('x', [{ op: 'Transpose', attributes: { perm: [0, 3, 1, 2] } }, { op: 'Conv', with: ['w'] }, { op: 'Transpose', attributes: { perm: [0, 2, 3, 1] } }, { op: 'Reshape', with: ['s'] }, { op: 'MatMul', with: ['m'] }]),
      { w: t(4, 3, 3, 3), s: integers(1, 48), m: t(48, 5) },
      2,
    ),
    image('a constant scale and shift', [1, 3, 4, 4], chain('x', [{ op: 'Sub', with: ['m'] }, { op: 'Div', with: ['d'] }, { op: 'Mul', with: ['k'] }, { op: 'Conv', with: ['w'] }, { op: 'Add', with: ['b'] }]), { m: t(3, 1, 1), d: { dims: [1, 3, 1, 1], floats: [0.5, 2, 3] }, k: { dims: [], floats: [1.25] }, w: t(4, 3, 3, 3), b: t(1, 4, 1, 1) }, 4),
    image('a constant minus the value', [1, 5], [{ op: 'Sub', inputs: ['c', 'x'], outputs: ['y'] }], { c: t(5) }, 2),
    image('a softmax over classes', [1, 7], chain('x', [{ op: 'Softmax' }]), {}, 2),
    image('a softmax over the channels of an image', [1, 4, 3, 2], chain('x', [{ op: 'Softmax', attributes: { axis: 1 } }]), {}, 4),
    image('a softmax over the columns of an image', [1, 4, 3, 2], chain('x', [{ op: 'Softmax', attributes: { axis: -1 } }]), {}, 4),
    image(
      'a shape that is computed from the input',
      [1, 3, 4, 2],
      [
        { op: 'Relu', inputs: ['x'], outputs: ['r'] },
        { op: 'Shape', inputs: ['r'], outputs: ['shape'] },
        { op: 'Constant', inputs: [], outputs: ['zero'], attributes: { value: { dims: [], integers: [0] } } },
        { op: 'Gather', inputs: ['shape', 'zero'], outputs: ['batch'], attributes: { axis: 0 } },
        { op: 'Unsqueeze', inputs: ['batch', 'axes'], outputs: ['batch1'] },
        { op: 'Concat', inputs: ['batch1', 'rest'], outputs: ['target'], attributes: { axis: 0 } },
        { op: 'Reshape', inputs: ['r', 'target'], outputs: ['f'] },
        { op: 'Gemm', inputs: ['f', 'w', 'b'], outputs: ['y'] },
      ],
      { axes: integers(0), rest: integers(-1), w: t(24, 4), b: t(4) },
      2,
    ),
    image('a mean over height and width', [1, 3, 4, 5], chain('x', [{ op: 'ReduceMean', attributes: { axes: [2, 3], keepdims: 0 } }]), {}, 2),
    image('a mean that keeps its dimensions', [1, 3, 4, 5], chain('x', [{ op: 'ReduceMean', attributes: { axes: [-1, -2] } }, { op: 'Conv', with: ['w'] }, { op: 'Squeeze', with: ['a'] }]), { w: t(4, 3, 1, 1), a: integers(2, 3) }, 2),
    image('dimensions that come and go', [1, 6], chain('x', [{ op: 'Unsqueeze', with: ['a'] }, { op: 'Conv', with: ['w'] }, { op: 'Squeeze', with: ['a'] }]), { a: integers(2, 3), w: t(3, 6, 1, 1) }, 2),
    image('a picture made from a vector', [1, 8], chain('x', [{ op: 'Gemm', with: ['w'] }, { op: 'Reshape', with: ['s'] }, { op: 'Conv', with: ['k'] }]), { w: t(8, 24), s: integers(-1, 2, 4, 3), k: t(3, 2, 2, 2) }, 4),
    image('the largest of each channel', [1, 3, 4, 5], chain('x', [{ op: 'GlobalMaxPool' }, { op: 'Flatten' }]), {}, 2),
    image(
      'a block of a transformer, its normalisation and GELU written out',
      [1, 6, 8],
      [
        { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { axes: [-1] } },
        { op: 'Sub', inputs: ['x', 'mean'], outputs: ['centred'] },
        { op: 'Pow', inputs: ['centred', 'two'], outputs: ['square'] },
        { op: 'ReduceMean', inputs: ['square'], outputs: ['variance'], attributes: { axes: [-1] } },
        { op: 'Add', inputs: ['variance', 'epsilon'], outputs: ['above'] },
        { op: 'Sqrt', inputs: ['above'], outputs: ['deviation'] },
        { op: 'Div', inputs: ['centred', 'deviation'], outputs: ['normal'] },
        { op: 'Mul', inputs: ['normal', 'g'], outputs: ['scaled'] },
        { op: 'MatMul', inputs: ['scaled', 'wqkv'], outputs: ['qkv'] },
        { op: 'Split', inputs: ['qkv', 'thirds'], outputs: ['q', 'k', 'v'], attributes: { axis: 2 } },
        ...['q', 'k', 'v'].flatMap((part): OnnxNode[] => [
          { op: 'Reshape', inputs: [part, 'heads'], outputs: [`${part}.heads`] },
          { op: 'Transpose', inputs: [`${part}.heads`], outputs: [`${part}.own`], attributes: { perm: part === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] } },
        ]),
        { op: 'MatMul', inputs: ['q.own', 'k.own'], outputs: ['scores'] },
        { op: 'Div', inputs: ['scores', 'root'], outputs: ['even'] },
        { op: 'Softmax', inputs: ['even'], outputs: ['attention'], attributes: { axis: -1 } },
        { op: 'MatMul', inputs: ['attention', 'v.own'], outputs: ['mixed'] },
        { op: 'Transpose', inputs: ['mixed'], outputs: ['mixed.rows'], attributes: { perm: [0, 2, 1, 3] } },
        { op: 'Reshape', inputs: ['mixed.rows', 'rows'], outputs: ['joined'] },
        { op: 'MatMul', inputs: ['joined', 'wo'], outputs: ['projected'] },
        { op: 'Add', inputs: ['x', 'projected'], outputs: ['r'] },
        { op: 'MatMul', inputs: ['r', 'w1'], outputs: ['wide'] },
        { op: 'Div', inputs: ['wide', 'root2'], outputs: ['narrower'] },
        { op: 'Erf', inputs: ['narrower'], outputs: ['error'] },
        { op: 'Add', inputs: ['error', 'one'], outputs: ['gate'] },
        { op: 'Mul', inputs: ['wide', 'gate'], outputs: ['gated'] },
        { op: 'Mul', inputs: ['gated', 'half'], outputs: ['gelu'] },
        { op: 'MatMul', inputs: ['gelu', 'w2'], outputs: ['back'] },
        { op: 'Add', inputs: ['back', 'r'], outputs: ['y'] },
      ],
      { two: single(2), epsilon: single(1e-5), root: single(2), root2: single(Math.SQRT2), one: single(1), half: single(0.5), g: t(8), wqkv: t(8, 24), thirds: integers(8, 8, 8), heads: integers(0, 0, 2, 4), rows: integers(0, 0, 8), wo: t(8, 8), w1: t(8, 16), w2: t(16, 8) },
      3,
    ),
    image(
      'a block of MobileNet v3: hard-swish and a gate a channel',
      [1, 4, 6, 7],
      [
        { op: 'Conv', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Add', inputs: ['a', 'three'], outputs: ['a3'] },
        { op: 'Clip', inputs: ['a3', 'zero', 'six'], outputs: ['a6'] },
        { op: 'Mul', inputs: ['a', 'a6'], outputs: ['am'] },
        { op: 'Div', inputs: ['am', 'six'], outputs: ['swish'] },
        { op: 'GlobalAveragePool', inputs: ['swish'], outputs: ['p'] },
        { op: 'Conv', inputs: ['p', 'down', 'bd'], outputs: ['d'] },
        { op: 'Relu', inputs: ['d'], outputs: ['dr'] },
        { op: 'Conv', inputs: ['dr', 'up'], outputs: ['u'] },
        { op: 'HardSigmoid', inputs: ['u'], outputs: ['gate'], attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } },
        { op: 'Mul', inputs: ['gate', 'swish'], outputs: ['y'] },
      ],
      { w: t(8, 4, 1, 1), three: single(3), zero: single(0), six: single(6), down: t(2, 8, 1, 1), bd: t(2), up: t(8, 2, 1, 1) },
      4,
    ),
    image('identities in between', [1, 3, 4, 4], chain('x', [{ op: 'Identity' }, { op: 'Conv', with: ['w'] }, { op: 'Dropout' }, { op: 'Relu' }]), { w: t(2, 3, 3, 3) }, 4),
    image('attributes of operator set 9', [1, 3, 6, 6], chain('x', [{ op: 'Pad', attributes: { pads: [0, 0, 1, 1, 0, 0, 1, 1] } }, { op: 'Slice', attributes: { starts: [1, 0], ends: [8, 6], axes: [2, 3] } }, { op: 'Clip', attributes: { min: { float: 0 }, max: { float: 0.8 } } }, { op: 'BatchNormalization', with: ['g', 'b', 'm', 'v'] }]), { g: t(3), b: t(3), m: t(3), v: positive(random, 3) }, 4, 9),
  ];
}
