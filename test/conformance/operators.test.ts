import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../core/base/random.ts';
import { elementCount, type OpId, type Shape } from '../../core/graph/graph.ts';
import { inferShape } from '../../core/graph/ops.ts';
import type { KernelCall } from '../../core/kernels/kernel.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { place } from '../../core/kernels/memory.ts';
import { compiledOperator } from '../../core/runtime/operators/compiled.ts';
import { floatOperator } from '../../core/runtime/operators/float32.ts';
import { int8Operator } from '../../core/runtime/operators/int8.ts';
import type { OpStep, StepParameters } from '../../core/runtime/program.ts';
import { allocateGuarded } from './kernels-guard.ts';

const SEED = 31;
const CHANNELS = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33] as const;
const POOLS = [
  { sizeY: 2, sizeX: 2, strideY: 2, strideX: 2, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  { sizeY: 3, sizeX: 3, strideY: 2, strideX: 2, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 },
  { sizeY: 3, sizeX: 2, strideY: 1, strideX: 3, padTop: 2, padBottom: 0, padLeft: 0, padRight: 1 },
  { sizeY: 1, sizeX: 5, strideY: 3, strideX: 1, padTop: 0, padBottom: 0, padLeft: 4, padRight: 3 },
] as const;

type Numbers = Float32Array | Int8Array;

interface Trial {
  readonly op: OpId;
  readonly attributes?: OpStep['attributes'];
  readonly parameters?: StepParameters;
  readonly shapes: readonly Shape[];
  readonly inputs: readonly Numbers[];
}

const SPECIAL = [0, -0, 1, -1, 0.5, 1e-40, -1e-40, 1e30, -1e30, Infinity, -Infinity] as const;

/** Mostly near 0, some far away; `special` adds both zeros, subnormal numbers and infinities. */
function floats(random: Random, shape: Shape, special = false): Float32Array {
  return Float32Array.from({ length: elementCount(shape) }, () => (special && random.chance(0.2) ? random.pick(SPECIAL) : random.normal(0, random.pick([0.01, 1, 30]))));
}

function codes(random: Random, shape: Shape): Int8Array {
  return Int8Array.from({ length: elementCount(shape) }, () => random.pick([-128, 127, random.integer(-128, 128), random.integer(-4, 5)]));
}

function stepOf({ op, attributes = {}, shapes }: Trial): OpStep {
  return { kind: 'op', node: op, op, attributes, inputs: shapes.map((_, i) => i), output: shapes.length, parameters: [] };
}

function outputShape({ op, attributes = {}, shapes }: Trial): Shape {
  // These keep the shape of their input; their weights are not part of these trials.
  if (op === 'batch-norm' || op === 'rprelu') return shapes[0];
  const inferred = inferShape({ op, attributes } as Parameters<typeof inferShape>[0], shapes, {});
  if ('problem' in inferred) throw new Error(`${op} ${inferred.problem}`);
  return inferred.shape;
}

function referenceBytes(trial: Trial): Uint8Array {
  const { shapes, inputs, parameters = {} } = trial;
  const shape = outputShape(trial);
  if (inputs[0] instanceof Int8Array) {
    const view = new Int8Array(elementCount(shape));
    int8Operator(stepOf(trial), parameters, inputs.map((input, i) => ({ view: input as Int8Array, shape: shapes[i] })), { view, shape })();
    return new Uint8Array(view.buffer);
  }
  const view = new Float32Array(elementCount(shape));
  floatOperator(stepOf(trial), parameters, inputs.map((input, i) => ({ view: input as Float32Array, shape: shapes[i] })), { view, shape })();
  return new Uint8Array(view.buffer);
}

/** Runs the calls whole, or every call in three parts, the last first, as threads might. */
function compiledBytes(trial: Trial, parts: 'whole' | 'parts'): Uint8Array {
  const { memory, bind } = createEngine({ variant: 'wasm' });
  const shape = outputShape(trial);
  const { shapes, inputs, parameters = {} } = trial;
  const format = inputs[0] instanceof Int8Array ? 'int8' : 'float32';
  const output = allocateGuarded(memory, elementCount(shape) * (format === 'int8' ? 1 : 4));
  const placed = inputs.map((input, i) => ({ offset: place(memory, input), shape: shapes[i] }));
  const { work } = compiledOperator({ step: stepOf(trial), parameters, format, inputs: placed, output: { offset: output.offset, shape } }, memory);
  for (const call of work as readonly KernelCall[]) {
    const items = call.items!;
    const cuts = parts === 'whole' ? [0, items] : [0, Math.floor(items / 3), Math.floor((items * 2) / 3) + (items > 2 ? 1 : 0), items];
    for (let i = cuts.length - 1; i > 0; i--) bind({ export: call.export, args: [...call.args, cuts[i - 1], cuts[i]] })();
  }
  inputs.forEach((input, i) => {
    const held = new Uint8Array(memory.buffer, placed[i].offset, input.byteLength);
    expect(Buffer.compare(held, new Uint8Array(input.buffer, input.byteOffset, input.byteLength)), 'the input is left alone').toBe(0);
  });
  return output.read();
}

/** The number of elements compared, so that a test can ask for enough. */
function expectSame(trial: Trial): number {
  const expected = referenceBytes(trial);
  const title = `${trial.op} ${JSON.stringify(trial.attributes ?? {})} of ${trial.shapes.map((shape) => shape.join('×')).join(' and ')}`;
  // Compared as integers: bit for bit, both zeros told apart.
  for (const parts of ['whole', 'parts'] as const) {
    const got = compiledBytes(trial, parts);
    if (Buffer.compare(got, expected) === 0) continue;
    const [a, b] = [got, expected].map((bytes) => (trial.inputs[0] instanceof Int8Array ? new Int8Array(bytes.buffer) : new Float32Array(bytes.slice().buffer)));
    const at = a.findIndex((value, i) => !Object.is(value, b[i]));
    throw new Error(`${title}, ${parts}: element ${at} is ${a[at]} instead of ${b[at]}`);
  }
  return expected.length;
}

/** A trial of each number of channels, in both formats. */
function eachImage(visit: (random: Random, shape: Shape, draw: (random: Random, shape: Shape) => Numbers) => void): void {
  const random = createRandom(SEED);
  for (const channels of CHANNELS) {
    for (const draw of [codes, (drawn: Random, shape: Shape) => floats(drawn, shape, true)]) visit(random, [1, random.integer(5, 8), random.integer(5, 8), channels], draw);
  }
}

const GRID = (scale: number, zeroPoint: number): Float32Array => Float32Array.of(scale, zeroPoint);
const KEPT_GRID: StepParameters = { grid: GRID(0.1, -17), grid0: GRID(0.1, -17) };

describe(`compiled operators give the bits of the TypeScript ones (seed ${SEED})`, () => {
  it.each(['max-pool', 'average-pool'] as const)('%s', (op) => {
    eachImage((random, shape, draw) => {
      for (const attributes of POOLS) {
        // Infinities of both signs have no mean.
        const input = op === 'average-pool' && draw !== codes ? floats(random, shape) : draw(random, shape);
        expectSame({ op, attributes: attributes as unknown as OpStep['attributes'], parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
      }
    });
  });

  it('global-average-pool', () => {
    eachImage((random, shape, draw) => {
      const input = draw === codes ? codes(random, shape) : floats(random, shape);
      expectSame({ op: 'global-average-pool', parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
    });
  });

  it('average pools of int8 round ties to even', () => {
    const input = Int8Array.of(1, 2, 3, 4, -1, -2, -3, -4, 127, 126, -128, -127);
    const attributes = { ...POOLS[0], sizeY: 1, sizeX: 2, strideY: 1, strideX: 2 } as unknown as OpStep['attributes'];
    const trial: Trial = { op: 'average-pool', attributes, parameters: KEPT_GRID, shapes: [[1, 1, 12, 1]], inputs: [input] };
    expect([...new Int8Array(compiledBytes(trial, 'whole').buffer)]).toEqual([2, 4, -2, -4, 126, -128]);
  });

  it('add of int8, at many scales', () => {
    const random = createRandom(SEED);
    let compared = 0;
    for (const channels of CHANNELS) {
      for (let i = 0; i < 12; i++) {
        const shape = [1, 3, random.integer(1, 9), channels];
        const scale = () => random.pick([0.01, 0.02, random.uniform(0.005, 0.4), 3]);
        const [low, high] = random.pick([[-Infinity, Infinity], [0, Infinity], [0, 1], [-0.5, 0.25]]);
        const grid = () => GRID(scale(), random.integer(-128, 128));
        const parameters = { grid: GRID(scale(), random.integer(-60, 61)), grid0: grid(), grid1: grid(), limits: Float32Array.of(low, high) };
        compared += expectSame({ op: 'add', parameters, shapes: [shape, shape], inputs: [codes(random, shape), codes(random, shape)] });
      }
    }
    expect(compared).toBeGreaterThan(20_000);
  });

  it('add of every pair of codes, with ties', () => {
    const a = Int8Array.from({ length: 65_536 }, (_, i) => (i >> 8) - 128);
    const b = Int8Array.from({ length: 65_536 }, (_, i) => (i & 255) - 128);
    const shape = [1, 65_536];
    for (const [left, right] of [[0.5, 0.5], [0.5, 0.25], [1, 0.125], [0.3, 0.7]]) {
      const parameters = { grid: GRID(1, 3), grid0: GRID(left, -5), grid1: GRID(right, 9), limits: Float32Array.of(-Infinity, Infinity) };
      expectSame({ op: 'add', parameters, shapes: [shape, shape], inputs: [a, b] });
    }
  });

  it('add of float32', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      for (const [low, high] of [[-Infinity, Infinity], [0, Infinity], [0, 6], [-1, 0]]) {
        const shape = [1, 3, 2, channels];
        // Infinities on one side only, so that no sum is undefined; both zeros on both, so that −0 is a sum.
        const inputs = [floats(random, shape).map((value) => (random.chance(0.3) ? -0 : value)), floats(random, shape, true)];
        expectSame({ op: 'add', parameters: { limits: Float32Array.of(low, high) }, shapes: [shape, shape], inputs });
      }
    }
  });

  it('batch-norm', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const shape = [1, 3, 5, channels];
      const parameters = { multiplier: floats(random, [channels]), offset: floats(random, [channels]) };
      expectSame({ op: 'batch-norm', parameters, shapes: [shape], inputs: [floats(random, shape)] });
    }
  });

  it('rprelu', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const shape = [1, 3, 5, channels];
      const parameters = { before: floats(random, [channels]), slope: floats(random, [channels]), after: floats(random, [channels]) };
      expectSame({ op: 'rprelu', parameters, shapes: [shape], inputs: [floats(random, shape)] });
    }
  });

  it.each([
    ['relu', [{}]],
    ['clip', [{ minimum: 0, maximum: 6 }, { minimum: -0.1, maximum: 0.3 }, { minimum: -Infinity, maximum: 1 }]],
    ['leaky-relu', [{ alpha: 0.1 }, { alpha: 0.3 }, { alpha: 1 / 3 }, { alpha: -2 }]],
    ['sigmoid', [{}]],
    ['tanh', [{}]],
  ] as const)('%s', (op, choices) => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      for (const attributes of choices) {
        const shape = [1, 5, 3, channels];
        expectSame({ op, attributes, shapes: [shape], inputs: [floats(random, shape, true)] });
      }
    }
  });

  it('softmax', () => {
    const random = createRandom(SEED);
    for (const channels of [...CHANNELS, 10, 100, 1000]) {
      const shape = [1, 2, 3, channels];
      expectSame({ op: 'softmax', shapes: [shape], inputs: [floats(random, shape)] });
    }
  });

  it('concat', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      for (const axis of [1, 2, 3]) {
        const sizes = [4, 1, 3].map((size) => [2, 3, channels].map((other, i) => (i === axis - 1 ? size : other)));
        const shapes = sizes.map((size) => [1, ...size]);
        expectSame({ op: 'concat', attributes: { axis }, shapes, inputs: shapes.map((shape) => floats(random, shape)) });
      }
    }
    expectSame({ op: 'concat', attributes: { axis: 3 }, shapes: [[1, 3, 3, 70], [1, 3, 3, 65]], inputs: [floats(random, [630]), floats(random, [585])] });
  });

  it('pad, of any axis, with the zero point', () => {
    eachImage((random, shape, draw) => {
      for (const [before, after] of [[[0, 1, 2, 0], [0, 2, 0, 0]], [[0, 0, 0, 8], [0, 0, 0, 8]], [[0, 1, 0, 3], [0, 0, 1, 2]], [[0, 0, 0, 0], [0, 0, 0, 0]]]) {
        expectSame({ op: 'pad', attributes: { before, after }, parameters: KEPT_GRID, shapes: [shape], inputs: [draw(random, shape)] });
      }
    });
  });

  it('slice and transpose', () => {
    eachImage((random, shape, draw) => {
      const [, height, width, channels] = shape;
      const input = draw(random, shape);
      for (const [begin, end, step] of [
        [[0, 0, 0, 0], [1, height, width, channels], [1, 2, 2, 1]],
        [[0, 1, 2, channels >> 1], [1, height - 1, width, channels], [1, 1, 1, 1]],
        [[0, height - 1, 0, channels - 1], [1, -1, width, -1], [1, -1, 3, -1]],
      ]) {
        expectSame({ op: 'slice', attributes: { begin, end, step }, parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
      }
      for (const permutation of [[0, 3, 1, 2], [0, 2, 1, 3], [0, 2, 3, 1], [0, 1, 2, 3]]) {
        expectSame({ op: 'transpose', attributes: { permutation }, parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
      }
    });
  });

  it('expand, of pixels, channels and both', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      for (const [from, to] of [
        [[1, 1, 1, channels], [1, 3, 5, channels]],
        [[1, 3, 5, 1], [1, 3, 5, channels]],
        [[1, 3, 1, 1], [1, 3, 4, channels]],
        [[1, 1, 1, 1], [1, 2, 3, channels]],
      ]) {
        expectSame({ op: 'expand', attributes: { shape: to }, shapes: [from], inputs: [floats(random, from)] });
      }
    }
  });

  it('reshape and identity, where they have to copy', () => {
    eachImage((random, shape, draw) => {
      const input = draw(random, shape);
      expectSame({ op: 'identity', parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
      expectSame({ op: 'reshape', attributes: { shape: [1, elementCount(shape)] }, parameters: KEPT_GRID, shapes: [shape], inputs: [input] });
    });
  });
});
