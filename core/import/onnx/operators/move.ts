import { elementCount } from '../../../graph/graph.ts';
import { NotRunnable } from '../../importer.ts';
import { CHANNELS_LAST, plainOrder, type Converter, type NodeContext, type Running } from '../context.ts';
import { axisOf, broadcastShape, expanded, joined, reshaped, sliced } from './values.ts';

// Operators that put numbers into other places.

/** Most parts that one operator is made of. */
const MOST_PARTS = 256;

export const split: Converter = (context) => {
  const input = context.running(0);
  const axis = axisOf(context.integer('axis', 0), input.shape.length);
  const size = input.shape[axis];
  const count = context.integer('num_outputs', context.node.outputs.length);
  const equal = (): readonly number[] => {
    const part = Math.ceil(size / count);
    return Array.from({ length: count }, (_, i) => Math.min(part, size - i * part));
  };
  const sizes = context.list('split', 1) ?? equal();
  const wrong = sizes.length !== context.node.outputs.length || sizes.some((part) => !(part >= 1)) || sizes.reduce((sum, part) => sum + part, 0) !== size;
  if (wrong) return context.fail(`splits ${size} places into ${sizes.join(', ')}`);
  let begin = 0;
  return sizes.map((part, i) => {
    begin += part;
    return sliced(context, input, axis, begin - part, begin, i === 0 ? '' : `part${i}`);
  });
};

/** Runs of places that follow each other, so that few slices make them. */
function runsOf(places: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last && last[1] === place) last[1]++;
    else runs.push([place, place + 1]);
  }
  return runs;
}

export const gather: Converter = (context) => {
  const input = context.running(0);
  const { shape } = input;
  const axis = axisOf(context.integer('axis', 0), shape.length);
  const { dims, values } = context.needed(1, 'places');
  const places = Array.from(values, (place) => (place < 0 ? place + shape[axis] : place));
  if (places.length === 0 || places.some((place) => !(place >= 0 && place < shape[axis]))) return context.fail(`takes places that ${shape.join('×')} does not have`);
  const runs = runsOf(places);
  if (runs.length > MOST_PARTS) throw new NotRunnable(`${places.length} places`);
  const result = [...shape.slice(0, axis), ...dims, ...shape.slice(axis + 1)];
  const shaped = dims.length !== 1;
  const parts = runs.map(([begin, end], i) => sliced(context, input, axis, begin, end, shaped || runs.length > 1 ? `places${i}` : ''));
  const all = parts.length === 1 ? parts[0] : joined(context, parts, axis, shaped ? 'joined' : '');
  return shaped ? reshaped(context, all, result) : all;
};

export const expand: Converter = (context) => {
  const input = context.running(0);
  const stated = context.list('shape', 1);
  if (!stated) return context.fail('has no shape');
  const shape = broadcastShape(input.shape, stated);
  if (shape[0] !== 1 || !shape.every((size) => size >= 1)) throw new NotRunnable(`a value of ${input.shape.join('×')} repeated to ${shape.join('×')}`);
  const result = expanded(context, input, shape);
  return result === input ? context.result(context.add('identity', [input], {}), input.order) : result;
};

export const tile: Converter = (context) => {
  const input = context.running(0);
  const repeats = context.list('repeats', 1);
  if (!repeats || repeats.length !== input.shape.length) return context.fail(`repeats ${input.shape.length} dimensions ${repeats?.join('×') ?? 'by nothing'}`);
  if (repeats[0] !== 1 || !repeats.every((count) => count >= 1 && count <= MOST_PARTS)) throw new NotRunnable(`repeats of ${repeats.join('×')}`);
  const value = repeats.reduce((all, count, axis) => (count === 1 ? all : joined(context, Array.from({ length: count }, () => all), axis, `axis${axis}`)), input);
  return value === input ? context.result(context.add('identity', [input], {}), input.order) : value;
};

function blockSize(context: NodeContext, input: Running): number {
  const size = context.integer('blocksize', 0);
  if (input.shape.length !== 4 || size < 1) throw new NotRunnable(`blocks of ${size} of a value of ${input.shape.join('×')}`);
  return size;
}

export const depthToSpace: Converter = (context) => {
  const input = context.running(0);
  const b = blockSize(context, input);
  const [, channels, height, width] = input.shape;
  const depth = channels / (b * b);
  if (!Number.isInteger(depth)) return context.fail(`makes blocks of ${b}×${b} from ${channels} channels`);
  const isColumns = context.text('mode', 'DCR') === 'CRD';
  const parts = reshaped(context, input, isColumns ? [1, depth, b, b, height, width] : [1, b, b, depth, height, width], 'blocks');
  const order = isColumns ? [0, 4, 2, 5, 3, 1] : [0, 4, 1, 5, 2, 3];
  const moved = context.inOrder(parts, order);
  return context.result(context.add('reshape', [moved], { shape: [1, height * b, width * b, depth] }), CHANNELS_LAST);
};

export const spaceToDepth: Converter = (context) => {
  const input = context.running(0);
  const b = blockSize(context, input);
  const [, channels, height, width] = input.shape;
  if (height % b !== 0 || width % b !== 0) return context.fail(`makes blocks of ${b}×${b} from ${height}×${width}`);
  const parts = reshaped(context, input, [1, channels, height / b, b, width / b, b], 'blocks');
  const moved = context.inOrder(parts, [0, 2, 4, 3, 5, 1]);
  return context.result(context.add('reshape', [moved], { shape: [1, height / b, width / b, b * b * channels] }), CHANNELS_LAST);
};

/** Every pixel `countY` × `countX` times: rows and columns are repeated as parts of one axis, which lie where they are wanted. */
function repeated(context: NodeContext, input: Running, countY: number, countX: number): Running {
  const image = context.inOrder(input, CHANNELS_LAST);
  const [, channels, height, width] = input.shape;
  const shaped = (from: Running, shape: readonly number[], part: string): Running => ({ ...from, id: context.add('reshape', [from], { shape }, {}, part) });
  const times = (from: Running, axis: number, count: number, part: string): Running =>
    ({ ...from, id: context.add('concat', Array.from({ length: count }, () => from), { axis }, {}, part) });
  let value = image;
  if (countX > 1) value = shaped(times(value, 3, countX, 'repeat-x'), [1, height, width * countX, channels], 'columns');
  if (countY > 1) value = shaped(times(shaped(value, [1, height, 1, width * countX * channels], 'lines'), 3, countY, 'repeat-y'), [1, height * countY, width * countX, channels], '');
  return value === image ? context.result(context.add('identity', [image], {}), CHANNELS_LAST) : context.result(value.id, CHANNELS_LAST);
}

/** The factors of height and width; NotRunnable where they are not whole, or for other axes. */
function factorsOf(context: NodeContext): readonly [number, number] {
  const { shape } = context.running(0);
  const { inputs, opType } = context.node;
  const old = opType === 'Upsample' || context.opset < 11;
  const given = old ? (context.node.attributes.get('scales')?.floats ?? []) : [];
  const list = (index: number): readonly number[] => (inputs[index] ? [...context.needed(index, 'factors').values] : []);
  const stated = given.length > 0 ? given : list(old ? 1 : 2);
  const sizes = stated.length > 0 || old ? [] : list(3);
  const axes = context.integers('axes')?.map((axis) => (axis < 0 ? axis + shape.length : axis)) ?? plainOrder(shape.length);
  const factors = plainOrder(shape.length).map((axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? 1 : stated.length > 0 ? stated[at] : sizes[at] / shape[axis];
  });
  const [n, c, y, x] = factors;
  if (shape.length !== 4 || n !== 1 || c !== 1 || !Number.isInteger(y) || !Number.isInteger(x) || y < 1 || x < 1 || y * x > MOST_PARTS) {
    throw new NotRunnable(`a change of size by ${factors.join('×')}`);
  }
  return [y, x];
}

/** Whole factors and nearest pixels, wherever the file's rule of rounding takes the pixel itself. */
export const resize: Converter = (context) => {
  const mode = context.text('mode', 'nearest');
  const policy = context.text('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') throw new NotRunnable(`the policy "${policy}"`);
  if (mode !== 'nearest') throw new NotRunnable(`the method "${mode}"`);
  const [y, x] = factorsOf(context);
  if (context.node.opType !== 'Upsample' && context.opset >= 11) {
    const rule = context.text('coordinate_transformation_mode', 'half_pixel');
    const rounding = context.text('nearest_mode', 'round_prefer_floor');
    const centred = ['half_pixel', 'pytorch_half_pixel', 'half_pixel_symmetric'].includes(rule) && rounding.startsWith('round_prefer');
    const first = rule === 'asymmetric' && (rounding === 'floor' || (rounding === 'round_prefer_floor' && Math.max(y, x) <= 2));
    if (!centred && !first) throw new NotRunnable(`nearest pixels by "${rule}" and "${rounding}"`);
  }
  if (elementCount(context.running(0).shape) * y * x > 2 ** 28) throw new NotRunnable(`a change of size by ${y}×${x}`);
  return repeated(context, context.running(0), y, x);
};
