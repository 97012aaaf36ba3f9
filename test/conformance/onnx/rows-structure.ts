import type { Random } from '../../../core/base/random.ts';
import type { OnnxAttribute, OnnxTensor } from '../../fixtures/onnx-writer.ts';
import type { OperatorCase, OperatorRow } from './case.ts';
import { imageOf, integers, NEWEST, reals, scalar, shapeOf, single } from './rows.ts';

type Attributes = Record<string, OnnxAttribute>;

/** Kernel, strides, pads and dilations of one or two dimensions that fit a value; `least` what the value must have in each. */
interface Window {
  readonly dimensions: number;
  readonly kernel: readonly number[];
  readonly attributes: Attributes;
  readonly least: number;
}

function windowOf(random: Random, isPool: boolean): Window {
  const dimensions = random.chance(0.25) ? 1 : 2;
  const list = (make: () => number): number[] => Array.from({ length: dimensions }, make);
  const kernel = list(() => random.integer(1, 4));
  const attributes: Attributes = { kernel_shape: kernel };
  if (random.chance(0.7)) attributes['strides'] = list(() => random.integer(1, 4));
  const dilations = !isPool && random.chance(0.3) ? list(() => random.integer(1, 3)) : null;
  if (dilations) attributes['dilations'] = dilations;
  const way = random.integer(0, isPool ? 3 : 5);
  if (way >= 3) attributes['auto_pad'] = random.pick(dilations ? ['VALID'] : ['SAME_UPPER', 'SAME_LOWER', 'VALID']);
  else if (way > 0) attributes['pads'] = [...kernel, ...kernel].map((size) => random.integer(0, isPool ? size : 3));
  return { dimensions, kernel, attributes, least: 7 };
}

const sized = (random: Random, channels: number, { dimensions, least }: Window): number[] => [1, channels, ...Array.from({ length: dimensions }, () => random.integer(least, 11))];

function convolution(random: Random): OperatorCase {
  const window = windowOf(random, false);
  const groups = random.pick([1, 1, 1, 2, 3, 4]);
  const [perGroup, rows] = [random.integer(1, 4), random.integer(1, 4)];
  const kernel = reals(random, [groups * rows, perGroup, ...window.kernel]);
  return single('Conv', [{ shape: sized(random, groups * perGroup, window) }], { ...window.attributes, group: groups }, { w: kernel, ...(random.chance(0.6) ? { b: reals(random, [groups * rows]) } : {}) });
}

function transposedConvolution(random: Random): OperatorCase {
  const dimensions = random.chance(0.25) ? 1 : 2;
  const list = (make: (i: number) => number): number[] => Array.from({ length: dimensions }, (_, i) => make(i));
  const kernel = list(() => random.integer(1, 5));
  const strides = list(() => random.integer(1, 4));
  const dilations = list(() => (random.chance(0.8) ? 1 : 2));
  const span = (i: number): number => (kernel[i] - 1) * dilations[i] + 1;
  const pads = [...list((i) => random.integer(0, Math.min(span(i), 3))), ...list((i) => random.integer(0, Math.min(span(i), 3)))];
  const groups = random.pick([1, 1, 2]);
  const [inner, perGroup] = [random.integer(1, 4), random.integer(1, 4)];
  const shape = [1, inner * groups, ...list(() => random.integer(4, 7))];
  const attributes: Attributes = { kernel_shape: kernel, strides, dilations, pads, group: groups, output_padding: list((i) => random.integer(0, Math.max(strides[i], 1))) };
  return single('ConvTranspose', [{ shape }], attributes, { w: reals(random, [inner * groups, perGroup, ...kernel]), ...(random.chance(0.6) ? { b: reals(random, [groups * perGroup]) } : {}) });
}

const pool = (op: string, more: (random: Random, opset: number) => Attributes): OperatorRow => ({
  opsets: [op === 'MaxPool' ? 8 : 7, NEWEST],
  make: (random, opset) => {
    const window = windowOf(random, true);
    return single(op, [{ shape: sized(random, random.integer(1, 5), window) }], { ...window.attributes, ...more(random, opset) });
  },
});

const globalPool = (op: string): OperatorRow => ({ opsets: [7, NEWEST], make: (random) => single(op, [{ shape: imageOf(random).slice(0, random.integer(3, 5)) }]) });

const perOpset = (old: number, before: OperatorRow['make'], after: OperatorRow['make'], since = 7): readonly OperatorRow[] => [
  { opsets: [since, old - 1], make: before },
  { opsets: [old, NEWEST], make: after },
];

function padding(random: Random, mode: string): { readonly shape: number[]; readonly pads: number[] } {
  const shape = imageOf(random, 4);
  const most = mode === 'constant' ? 4 : 3;
  const one = (size: number, axis: number): number => (axis === 0 || size <= most ? 0 : random.integer(mode === 'constant' ? -1 : 0, most));
  return { shape, pads: [...shape.map(one), ...shape.map(one)] };
}

interface Cut {
  readonly shape: number[];
  readonly axes: number[];
  readonly starts: number[];
  readonly ends: number[];
  readonly steps: number[];
}

function cut(random: Random, backwards: boolean): Cut {
  const shape = shapeOf(random, 2, 5);
  const axes = shape.map((_, axis) => axis).slice(1).filter(() => random.chance(0.6));
  if (axes.length === 0) axes.push(1);
  const ranges = axes.map((axis) => {
    const size = shape[axis];
    const from = random.integer(0, size);
    const to = random.integer(from + 1, size + 1);
    if (backwards && random.chance(0.4)) return { start: to - 1, end: from === 0 ? -(2 ** 31) : from - 1, step: -random.integer(1, 3) };
    const end = to === size && random.chance(0.5) ? 2 ** 31 : random.chance(0.3) && to < size ? to - size : to;
    return { start: random.chance(0.3) ? from - size : from, end, step: backwards ? random.integer(1, 3) : 1 };
  });
  return { shape, axes, starts: ranges.map(({ start }) => start), ends: ranges.map(({ end }) => end), steps: ranges.map(({ step }) => step) };
}

function parts(random: Random): { readonly shape: number[]; readonly axis: number; readonly sizes: number[] } {
  const shape = shapeOf(random, 2, 5);
  const axis = random.integer(1, shape.length);
  const sizes = Array.from({ length: random.integer(2, 4) }, () => random.integer(1, 4));
  shape[axis] = sizes.reduce((sum, size) => sum + size, 0);
  return { shape, axis, sizes };
}

const split = (random: Random, asInput: boolean): OperatorCase => {
  const { shape, axis, sizes } = parts(random);
  const outputs = sizes.map((_, i) => (i === 0 ? 'y' : `y${i}`));
  const node = { op: 'Split', outputs, inputs: ['x', ...(asInput ? ['sizes'] : [])], attributes: { axis: random.chance(0.5) ? axis : axis - shape.length, ...(asInput ? {} : { split: sizes }) } };
  return { inputs: [{ shape }], nodes: [node], initialisers: asInput ? { sizes: integers(...sizes) } : {}, outputs };
};

const ones = (random: Random): { readonly shape: number[]; readonly axes: number[] } => {
  const shape = [1, ...Array.from({ length: random.integer(1, 5) }, () => (random.chance(0.5) ? 1 : random.integer(2, 5)))];
  return { shape, axes: shape.map((_, axis) => axis).slice(1).filter((axis) => shape[axis] === 1) };
};
/** Squeeze without axes would take the batch too. */
const squeeze = (random: Random, asInput: boolean): OperatorCase => {
  const { shape, axes } = ones(random);
  if (axes.length === 0) {
    shape.push(1);
    axes.push(shape.length - 1);
  }
  return asInput ? single('Squeeze', [{ shape }], {}, { axes: integers(...axes) }) : single('Squeeze', [{ shape }], { axes });
};
const unsqueeze = (random: Random, asInput: boolean): OperatorCase => {
  const shape = shapeOf(random, 1, 3);
  const axes = random.pick([[1], [shape.length], [1, 2], [1, shape.length + 1]]);
  return asInput ? single('Unsqueeze', [{ shape }], {}, { axes: integers(...axes) }) : single('Unsqueeze', [{ shape }], { axes });
};

const reshape = (random: Random): OperatorCase => {
  const shape = shapeOf(random, 2, 5);
  const last = shape[shape.length - 1];
  const target = random.pick([[1, -1], [0, -1], [1, -1, last], [1, last, -1], [0, 0, -1].slice(0, shape.length < 3 ? 2 : 3)]);
  return single('Reshape', [{ shape }], {}, { shape: integers(...target) });
};

function shuffled(random: Random, count: number): number[] {
  const axes = Array.from({ length: count }, (_, i) => i + 1);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [axes[i], axes[j]] = [axes[j], axes[i]];
  }
  return [0, ...axes];
}

const factors = (random: Random): number[] => [1, 1, random.integer(1, 4), random.integer(1, 4)];
const floats = (values: readonly number[]): OnnxTensor => ({ dims: [values.length], floats: values });

/** Windows, and operators that move numbers. */
export const STRUCTURE: Readonly<Record<string, OperatorRow | readonly OperatorRow[]>> = {
  AveragePool: pool('AveragePool', (random) => ({ count_include_pad: random.integer(0, 2) })),
  Concat: {
    opsets: [7, NEWEST],
    make: (random) => {
      const { shape, axis, sizes } = parts(random);
      return single('Concat', sizes.map((size) => ({ shape: shape.map((other, i) => (i === axis ? size : other)) })), { axis: random.chance(0.5) ? axis : axis - shape.length });
    },
  },
  Conv: { opsets: [7, NEWEST], make: convolution },
  ConvTranspose: { opsets: [7, NEWEST], make: transposedConvolution },
  DepthToSpace: {
    opsets: [11, NEWEST],
    make: (random) => {
      const b = random.integer(1, 4);
      return single('DepthToSpace', [{ shape: [1, b * b * random.integer(1, 4), random.integer(1, 5), random.integer(1, 5)] }], { blocksize: b, mode: random.pick(['DCR', 'CRD']) });
    },
  },
  Dropout: { opsets: [7, NEWEST], make: (random) => single('Dropout', [{ shape: shapeOf(random, 2, 4) }]) },
  Expand: {
    opsets: [8, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 4);
      const target = shape.map((size, axis) => (axis > 0 && size === 1 ? random.integer(1, 5) : size));
      return single('Expand', [{ shape }], {}, { shape: integers(...(random.chance(0.3) ? [1, ...target] : target)) });
    },
  },
  Flatten: { opsets: [9, NEWEST], make: (random) => single('Flatten', [{ shape: shapeOf(random, 2, 5) }], random.pick<Attributes>([{}, { axis: 1 }, { axis: 0 }])) },
  Gather: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 4);
      const axis = random.integer(1, shape.length);
      const places = Array.from({ length: random.integer(1, 5) }, () => random.integer(0, shape[axis]));
      const indices: OnnxTensor = random.chance(0.3) ? { dims: [], integers: [places[0]] } : random.chance(0.2) ? { dims: [1, places.length], integers: places } : integers(...places);
      return single('Gather', [{ shape }], { axis }, { indices });
    },
  },
  GlobalAveragePool: globalPool('GlobalAveragePool'),
  GlobalMaxPool: globalPool('GlobalMaxPool'),
  MaxPool: pool('MaxPool', (random, opset): Attributes => (opset < 10 ? {} : { ceil_mode: random.integer(0, 2) })),
  Pad: [
    {
      opsets: [7, 10],
      make: (random) => {
        const mode = random.pick(['constant', 'edge', 'reflect']);
        const { shape, pads } = padding(random, mode);
        return single('Pad', [{ shape }], { mode, pads, value: { float: random.pick([0, 0.7]) } });
      },
    },
    {
      opsets: [11, NEWEST],
      make: (random, opset) => {
        const mode = random.pick(['constant', 'edge', 'reflect', ...(opset >= 19 ? ['wrap'] : [])]);
        const { shape, pads } = padding(random, mode);
        return single('Pad', [{ shape }], { mode }, { pads: integers(...pads), ...(mode === 'constant' && random.chance(0.5) ? { value: scalar(-0.4) } : {}) });
      },
    },
  ],
  Reshape: { opsets: [7, NEWEST], make: reshape },
  Resize: [
    { opsets: [10, 10], make: (random) => single('Resize', [{ shape: imageOf(random) }], { mode: 'nearest' }, { scales: floats(factors(random)) }) },
    {
      opsets: [11, NEWEST],
      make: (random) => {
        const [rule, rounding] = random.pick([['half_pixel', 'round_prefer_floor'], ['half_pixel', 'round_prefer_ceil'], ['asymmetric', 'floor'], ['pytorch_half_pixel', 'round_prefer_floor']] as const);
        return single('Resize', [{ shape: imageOf(random, 2) }], { mode: 'nearest', coordinate_transformation_mode: rule, nearest_mode: rounding }, { roi: floats([]), scales: floats(factors(random)) });
      },
    },
  ],
  Slice: perOpset(
    10,
    (random) => {
      const { shape, axes, starts, ends } = cut(random, false);
      return single('Slice', [{ shape }], { axes, starts, ends });
    },
    (random) => {
      const { shape, axes, starts, ends, steps } = cut(random, true);
      return single('Slice', [{ shape }], {}, { starts: integers(...starts), ends: integers(...ends), axes: integers(...axes), steps: integers(...steps) });
    },
  ),
  SpaceToDepth: {
    opsets: [7, NEWEST],
    make: (random) => {
      const b = random.integer(1, 4);
      return single('SpaceToDepth', [{ shape: [1, random.integer(1, 4), b * random.integer(1, 4), b * random.integer(1, 4)] }], { blocksize: b });
    },
  },
  Split: perOpset(13, (random) => split(random, false), (random) => split(random, true)),
  Squeeze: perOpset(13, (random) => squeeze(random, false), (random) => squeeze(random, true)),
  Tile: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 4);
      return single('Tile', [{ shape }], {}, { repeats: integers(1, ...shape.slice(1).map(() => random.integer(1, 4))) });
    },
  },
  Transpose: {
    opsets: [7, NEWEST],
    make: (random) => {
      const shape = shapeOf(random, 2, 5);
      return single('Transpose', [{ shape }], { perm: shuffled(random, shape.length - 1) });
    },
  },
  Unsqueeze: perOpset(13, (random) => unsqueeze(random, false), (random) => unsqueeze(random, true)),
  Upsample: [
    { opsets: [7, 8], make: (random) => single('Upsample', [{ shape: imageOf(random) }], { mode: 'nearest', scales: { floats: factors(random) } }) },
    { opsets: [9, 9], make: (random) => single('Upsample', [{ shape: imageOf(random) }], { mode: 'nearest' }, { scales: floats(factors(random)) }) },
  ],
};
