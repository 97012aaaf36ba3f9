import { describe, expect, it, test } from 'vitest';
import { createRandom, type Random } from '../../core/base/random.ts';
import { elementCount, layersOf, type Model } from '../../core/graph/graph.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { shareScratch } from '../../core/kernels/memory.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { bake } from '../../core/runtime/bake.ts';
import { bufferBytes, placeLifetimes, planMemory, type Lifetime } from '../../core/runtime/memory-plan.ts';
import type { LoweredNetwork, OpStep, ProgramBuffer } from '../../core/runtime/program.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { watchFloat } from '../../core/runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../../core/schemes/index.ts';
import { layerFacts } from '../../core/schemes/layer-facts.ts';
import { NetworkBuilder, plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const SEED = 9;
const ELEMENTWISE: ReadonlySet<string> = new Set(['add', 'batch-norm', 'relu', 'sigmoid']);

/** Steps that each read one or two earlier results; some keep the bytes of their input. */
function randomNetwork(random: Random): LoweredNetwork {
  const buffers: ProgramBuffer[] = [{ id: 'input', shape: [1, random.integer(1, 300)], format: 'float32' }];
  const steps: OpStep[] = [];
  const count = random.integer(1, 25);
  for (let i = 0; i < count; i++) {
    const near = Math.max(0, buffers.length - 4);
    const inputs = Array.from({ length: random.integer(1, 3) }, () => random.integer(random.chance(0.2) ? 0 : near, buffers.length));
    const keeps = random.chance(0.2);
    const op = keeps ? random.pick(['reshape', 'identity'] as const) : i === count - 1 && random.chance(0.5) ? 'softmax' : random.pick(['add', 'relu', 'batch-norm', 'sigmoid', 'concat', 'max-pool'] as const);
    const source = buffers[inputs[0]];
    const format = keeps ? source.format : random.pick(['float32', 'int8', 'sign'] as const);
    const fresh = [1, random.integer(1, 5), random.integer(1, 5), random.integer(1, 130)];
    const shape = keeps ? [1, 1, elementCount(source.shape)] : random.chance(0.5) ? source.shape : fresh;
    if (keeps && format === 'sign') continue;
    steps.push({ kind: 'op', node: `n${i}`, op, attributes: {}, inputs: keeps ? inputs.slice(0, 1) : inputs, output: buffers.length, parameters: [] });
    buffers.push({ id: `n${i}`, shape, format });
  }
  return { name: 'random', buffers, steps, inputs: [0], outputs: [buffers.length - 1] };
}

/**
 * Plays the steps: every byte remembers which value it holds. A step that reads bytes of another value than its input's has been
 * overtaken by a buffer placed on top.
 */
function play(network: LoweredNetwork, keep: 'all' | 'outputs' | 'results'): void {
  const plan = planMemory(network, keep);
  const owner = new Int32Array(plan.bytes).fill(-1);
  const sizes = network.buffers.map(bufferBytes);
  const valueOf = network.buffers.map((_, index) => index);
  const span = (buffer: number): Int32Array => owner.subarray(plan.offsets[buffer], plan.offsets[buffer] + sizes[buffer]);
  const check = (buffer: number, when: string): void => {
    const bytes = span(buffer);
    expect(bytes.length, 'inside the arena').toBe(sizes[buffer]);
    if (!bytes.every((value) => value === valueOf[buffer])) throw new Error(`Buffer ${buffer} is overwritten ${when}.`);
  };
  span(0).fill(0);
  network.steps.forEach((step, index) => {
    step.inputs.forEach((input) => check(input, `before step ${index}`));
    if (plan.isShared(step)) valueOf[step.output] = valueOf[step.inputs[0]];
    else span(step.output).fill(step.output);
    // While a step computes, it still reads; only an element-wise one may replace an input of the same size.
    const replaces = (input: number): boolean => ELEMENTWISE.has(step.kind === 'op' ? step.op : '') && plan.offsets[input] === plan.offsets[step.output] && sizes[input] === sizes[step.output];
    step.inputs.filter((input) => keep === 'all' || !replaces(input)).forEach((input) => check(input, `by step ${index}`));
  });
  const last = network.steps.find((step) => step.output === network.outputs[0]);
  const kept = keep === 'all' ? network.steps.map((step) => step.output) : network.outputs;
  const besides = keep === 'results' ? [] : [0, ...(last?.kind === 'op' && last.op === 'softmax' ? last.inputs.slice(0, 1) : [])];
  for (const buffer of [...kept, ...besides]) check(buffer, 'at the end');
}

describe(`memory plans (seed ${SEED})`, () => {
  it.each(['all', 'outputs', 'results'] as const)('no value is overwritten before its last reader has run, keeping %s', (keep) => {
    const random = createRandom(SEED);
    for (let i = 0; i < 150; i++) play(randomNetwork(random), keep);
  });

  it('places lifetimes without overlap, aligned, and never above their sum', () => {
    const random = createRandom(SEED);
    for (let round = 0; round < 100; round++) {
      const lifetimes: Lifetime[] = Array.from({ length: random.integer(1, 30) }, () => {
        const first = random.integer(-1, 20);
        return { bytes: random.integer(1, 5000), first, last: first + random.integer(0, 6) };
      });
      const { offsets, bytes } = placeLifetimes(lifetimes);
      lifetimes.forEach((a, i) => {
        expect(offsets[i] % 16).toBe(0);
        expect(offsets[i] + a.bytes).toBeLessThanOrEqual(bytes);
        for (let j = 0; j < i; j++) {
          const b = lifetimes[j];
          const together = a.first <= b.last && b.first <= a.last;
          if (together) expect(offsets[i] >= offsets[j] + b.bytes || offsets[j] >= offsets[i] + a.bytes).toBe(true);
        }
      });
      const live = (step: number): number => lifetimes.filter(({ first, last }) => first <= step && step <= last).reduce((sum, each) => sum + each.bytes, 0);
      const needed = Math.max(...lifetimes.map(({ first }) => live(first)));
      expect(bytes).toBeGreaterThanOrEqual(needed);
      expect(bytes).toBeLessThanOrEqual(lifetimes.reduce((sum, each) => sum + each.bytes + 16, 0));
    }
  });

  it('an addition takes the place of an operand that is read no more, but not of the input or of one that is read again', () => {
    const buffer = (id: string): ProgramBuffer => ({ id, shape: [1, 16], format: 'float32' });
    const step = (op: OpStep['op'], inputs: readonly number[], output: number): OpStep => ({ kind: 'op', node: op, op, attributes: {}, inputs, output, parameters: [] });
    const buffers = ['input', 'a', 'b', 'sum', 'last'].map(buffer);
    const network = (steps: readonly OpStep[]): LoweredNetwork => ({ name: 'adds', buffers, steps, inputs: [0], outputs: [4] });
    const replaced = planMemory(network([step('max-pool', [0], 1), step('max-pool', [1], 2), step('add', [0, 2], 3), step('max-pool', [3], 4)]), 'outputs');
    expect(replaced.offsets[3]).toBe(replaced.offsets[2]);
    const again = planMemory(network([step('max-pool', [0], 1), step('max-pool', [1], 2), step('add', [0, 2], 3), step('add', [3, 2], 4)]), 'outputs');
    expect(again.offsets[3]).not.toBe(again.offsets[2]);
    expect(planMemory(network([step('max-pool', [0], 1), step('max-pool', [1], 2), step('add', [0, 2], 3), step('max-pool', [3], 4)]), 'all').bytes).toBe(5 * 64);
  });

  it('a part that leaves the input alone has room for a look at it', () => {
    const buffers: ProgramBuffer[] = [4000, 4, 2].map((size, i) => ({ id: `b${i}`, shape: [1, size], format: 'float32' }));
    const step: OpStep = { kind: 'op', node: 'r', op: 'relu', attributes: {}, inputs: [1], output: 2, parameters: [] };
    for (const keep of ['all', 'outputs'] as const) {
      const { offsets, bytes } = planMemory({ name: 'part', buffers, steps: [step], inputs: [0], outputs: [2] }, keep);
      expect(bytes - offsets[0]).toBeGreaterThanOrEqual(bufferBytes(buffers[0]));
    }
  });

  it('a reshape lies in the bytes of its input, unless a damaged file gives it another size', () => {
    const plan = (units: number) => {
      const buffers: ProgramBuffer[] = [4, units].map((size, i) => ({ id: `b${i}`, shape: [1, size], format: 'float32' }));
      const step: OpStep = { kind: 'op', node: 'r', op: 'reshape', attributes: {}, inputs: [0], output: 1, parameters: [] };
      const made = planMemory({ name: 'reshape', buffers, steps: [step], inputs: [0], outputs: [1] }, 'outputs');
      return { bytes: made.bytes, shared: made.isShared(step) };
    };
    expect(plan(4)).toEqual({ bytes: 16, shared: true });
    expect(plan(400)).toEqual({ bytes: 1616, shared: false });
  });

  it('a chain needs room for two values only', () => {
    const chain = Array.from({ length: 10 }, (_, i): Lifetime => ({ bytes: 160, first: i, last: i + 1 }));
    expect(placeLifetimes(chain).bytes).toBe(320);
  });
});

describe('scratch', () => {
  it('is taken again by the next step, and apart within one', () => {
    const scratch = shareScratch(createEngine({ variant: 'reference' }).memory);
    const taken: number[][] = [];
    for (const sizes of [[100, 50], [30, 60], [200], [100, 100]]) {
      scratch.nextStep();
      const offsets = sizes.map((size) => scratch.memory.scratch(size));
      taken.push(offsets);
      offsets.forEach((offset, i) => offsets.slice(0, i).forEach((other, j) => expect(offset >= other + sizes[j] || other >= offset + sizes[i]).toBe(true)));
    }
    expect(taken[1][0]).toBe(taken[0][0]);
    expect(scratch.bytes).toBe(112 + 64 + 208);
  });
});

/** Concatenates, pads and averages besides what the other fixtures do. */
function branchingNetwork(seed: number): Model {
  const net = new NetworkBuilder(seed, [1, 8, 8, 3]);
  const stem = net.relu('relu0', net.batchNorm('bn0', net.conv('conv0', 'input', 9)));
  const sum = net.relu('relu1', net.add('add1', stem, net.conv('conv1', stem, 9)));
  const again = net.add('add2', net.maxPool('pool1', sum), net.maxPool('pool2', net.conv('conv2', sum, 9)));
  net.dense('dense', net.flatten('flatten', again), 6);
  return net.build('branching');
}

const NETWORKS = { plain: plainNetwork, residual: residualNetwork, branching: branchingNetwork } as const;

describe.each(Object.entries(NETWORKS))('the %s network with shared memory', (_, build) => {
  const model = build(3);
  const random = createRandom(SEED);
  const samples = Array.from({ length: 6 }, () => Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.normal()));

  test.each(SCHEME_IDS)('answers as with buffers of its own at %s', async (scheme) => {
    const takers = layersOf(model.graph).filter((layer) => SCHEMES[scheme].refusal(layerFacts(model.graph, layer)) === null);
    const plan = Object.fromEntries(takers.map((layer) => [layer.id, { scheme }]));
    const calibration = await calibrate(model, watchFloat(model), (i) => samples[i % samples.length], 12, { observer: 'mse' });
    const program = bake(model, plan, calibration);
    for (const variant of ['wasm', 'reference'] as const) {
      const apart = createRuntime(program, createEngine({ variant }));
      const shared = createRuntime(program, createEngine({ variant }), { keep: 'outputs' });
      expect(shared.workingBytes).toBeLessThan(apart.workingBytes);
      const expected = samples.map((sample) => [[...apart.run(sample)], [...apart.logits]]);
      expect(samples.map((sample) => [[...shared.run(sample)], [...shared.logits]])).toEqual(expected);

      const flat = Float32Array.from(samples.flatMap((sample) => [...sample]));
      const logits = new Float32Array(samples.length * shared.logits.length);
      shared.runMany(flat, logits);
      expect([...logits]).toEqual(expected.flatMap(([, each]) => each));
    }
  });

  test('says what computes each step', () => {
    const program = bake(model, {}, { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: '' });
    const fast = createRuntime(program, createEngine({ variant: 'wasm' })).kernels;
    const slow = createRuntime(program, createEngine({ variant: 'reference' })).kernels;
    program.network.steps.forEach((step, i) => {
      expect(fast[i]).toMatch(/wasm|in place/);
      if (step.kind === 'op' && step.op === 'add') expect(slow[i]).toBe('add in TypeScript');
    });
  });
});

test('a runtime that shares memory refuses to show what it has overwritten', () => {
  const model = plainNetwork(1);
  const program = bake(model, {}, { samples: 0, values: {}, layers: {}, images: new Float32Array(0), hash: '' });
  const runtime = createRuntime(program, createEngine({ variant: 'wasm' }), { keep: 'outputs' });
  expect(() => runtime.read(program.network.steps[1].output)).toThrow(/memory is shared/);
  expect(() => runtime.execute(0)).toThrow(/keeps all buffers/);
  expect(runtime.read(program.network.outputs[0])).toEqual(runtime.logits);
  expect(() => runtime.runMany(new Float32Array(5), new Float32Array(5))).toThrow(/not whole samples/);
});
