import { NotRunnable } from '../../importer.ts';
import { plainOrder, type Converter, type NodeContext, type Running } from '../context.ts';
import { joined, scaled, sliced } from './values.ts';

/** Most places that are put beside a value one by one. */
const MOST_PARTS = 256;

/** Places of the input that stand before and behind it, by mode. */
const AROUND: Readonly<Record<string, (size: number, before: number, after: number) => readonly [readonly number[], readonly number[]]>> = {
  edge: (size, before, after) => [Array.from({ length: before }, () => 0), Array.from({ length: after }, () => size - 1)],
  reflect: (size, before, after) => [Array.from({ length: before }, (_, i) => before - i), Array.from({ length: after }, (_, i) => size - 2 - i)],
  wrap: (size, before, after) => [Array.from({ length: before }, (_, i) => size - before + i), Array.from({ length: after }, (_, i) => i)],
};

/** Copies of the value's own places at both ends of an axis. */
function extended(context: NodeContext, input: Running, axis: number, mode: string, before: number, after: number): Running {
  if (before + after === 0) return input;
  if (before + after > MOST_PARTS) throw new NotRunnable(`padding by ${before + after} places of the kind "${mode}"`);
  const size = input.shape[axis];
  const [first, last] = AROUND[mode](size, before, after);
  if ([...first, ...last].some((place) => !(place >= 0 && place < size))) throw new NotRunnable(`padding of ${size} places by ${before} and ${after} of the kind "${mode}"`);
  const at = (place: number): Running => sliced(context, input, axis, place, place + 1, `place${axis}`);
  return joined(context, [...first.map(at), input, ...last.map(at)], axis, `axis${axis}`);
}

export const pad: Converter = (context) => {
  const input = context.running(0);
  const rank = input.shape.length;
  const mode = context.text('mode', 'constant');
  const pads = context.list('pads', 1) ?? context.integers('paddings');
  const axes = (context.node.inputs[3] ? [...context.needed(3, 'axes').values] : plainOrder(rank)).map((axis) => (axis < 0 ? axis + rank : axis));
  if (!pads || pads.length !== axes.length * 2) return context.fail(`pads ${rank} dimensions by ${pads?.length ?? 0} numbers`);
  const amount = (axis: number, side: 0 | 1): number => (axes.includes(axis) ? pads[axes.indexOf(axis) + side * axes.length] : 0);
  // Less than nothing cuts off.
  let value = input;
  for (const axis of plainOrder(rank)) {
    const [before, after] = [Math.min(0, amount(axis, 0)), Math.min(0, amount(axis, 1))];
    if (before < 0 || after < 0) value = sliced(context, value, axis, -before, value.shape[axis] + after, `cut${axis}`);
  }
  const more = (axis: number, side: 0 | 1): number => Math.max(0, amount(axis, side));
  if (mode !== 'constant') {
    if (!Object.hasOwn(AROUND, mode)) throw new NotRunnable(`padding of the kind "${mode}"`);
    if (more(0, 0) + more(0, 1) > 0) throw new NotRunnable('padding of the batch');
    return plainOrder(rank).reduce((all, axis) => extended(context, all, axis, mode, more(axis, 0), more(axis, 1)), value);
  }
  if (more(0, 0) + more(0, 1) > 0) throw new NotRunnable('padding of the batch');
  const filling = context.node.inputs[2] ? (context.needed(2, 'a padding value').values[0] ?? 0) : context.float('value', 0);
  if (!Number.isFinite(filling) || Math.abs(filling) > 1e6) throw new NotRunnable(`padding with ${filling}`);
  const around = { before: value.order.map((axis) => more(axis, 0)), after: value.order.map((axis) => more(axis, 1)) };
  if (filling === 0) return context.result(context.add('pad', [value], around), value.order);
  // Zeros around the distance from the padding value.
  const padded = context.add('pad', [scaled(context, value, 1, -filling, 'distance')], around, {}, 'pad');
  const result = scaled(context, context.result(padded, value.order), 1, filling);
  // Signs around signs.
  const unit = context.findings.signs.get(value.id);
  if (unit === Math.abs(filling)) context.findings.signs.set(result.id, unit);
  return result;
};
