import { describe, expect, test } from 'vitest';
import { CostTable } from '../../core/bench/cost-table.ts';
import { forecastMilliseconds, tableMilliseconds } from '../../core/bench/forecast.ts';
import { interleave, quantile } from '../../core/bench/interleave.ts';
import { createLayerBench, type LayerBench } from '../../core/bench/layer-bench.ts';
import { ownersOf } from '../../core/bench/measure.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { LayerGeometry } from '../../core/kernels/kernel.ts';
import { lower } from '../../core/runtime/lower.ts';
import type { LoweredNetwork } from '../../core/runtime/program.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { operatorCosts, operatorForms } from '../fixtures/operator-costs.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';

const breathe = (): Promise<void> => Promise.resolve();

/** Time passes only while somebody runs. */
class FakeMachine {
  now = 0;
  readonly order: string[] = [];
  readonly clock = (): number => this.now;

  contender(name: string, cost: (turn: number) => number) {
    let turn = 0;
    return {
      run: () => {
        this.order.push(name);
        this.now += cost(turn++);
      },
    };
  }
}

const GEOMETRY: LayerGeometry = {
  op: 'conv2d', inputHeight: 8, inputWidth: 8, inputChannels: 5, kernelHeight: 3, kernelWidth: 3, outputHeight: 8, outputWidth: 8, outputChannels: 9,
  strideY: 1, strideX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1, dilationY: 1, dilationX: 1,
};

describe('interleaved rounds', () => {
  test('take turns: A/B/A/B, each as long as a turn', async () => {
    const machine = new FakeMachine();
    const result = await interleave([machine.contender('a', () => 4), machine.contender('b', () => 2)], { rounds: 5, breathe, clock: machine.clock });
    expect(result.rounds).toBe(5);
    expect(result.milliseconds.map((times) => quantile(times, 0.5))).toEqual([4, 2]);
    const turns = machine.order.join('').replace(/^[ab]*?(?=abbabb)/, '');
    expect(turns).toMatch(/^(abb){8}$/);
  });

  test('a drift of the whole machine leaves the ratio alone, and no further rounds are asked for', async () => {
    const machine = new FakeMachine();
    const slower = (base: number) => () => base * (1 + machine.now / 100);
    const { milliseconds, rounds } = await interleave([machine.contender('a', slower(4)), machine.contender('b', slower(4))], { rounds: 9, breathe, clock: machine.clock });
    const ratios = milliseconds[0].map((time, round) => time / milliseconds[1][round]);
    expect(quantile(milliseconds[0], 0.75) / quantile(milliseconds[0], 0.25)).toBeGreaterThan(1.1);
    expect(quantile(ratios, 0.75) / quantile(ratios, 0.25)).toBeLessThan(1.1);
    expect(rounds).toBe(9);
  });

  test.each([['the second', 1], ['the third', 2]])('noise of %s contender goes on to twice as many rounds and no further', async (_, noisy) => {
    const machine = new FakeMachine();
    const cost = (index: number) => (turn: number) => (index === noisy && turn % 2 === 0 ? 6 : 4);
    const contenders = ['a', 'b', 'c'].map((name, index) => machine.contender(name, cost(index)));
    expect((await interleave(contenders, { rounds: 7, breathe, clock: machine.clock })).rounds).toBe(14);
  });
});

/** int4 to binary do int8's work; costs are those of the table below. */
function fakeBench(machine: FakeMachine, costs: Partial<Record<SchemeId, number>>) {
  const prepared: string[] = [];
  const shared: Partial<Record<SchemeId, SchemeId>> = { int4: 'int8', ternary: 'int8', binary: 'int8' };
  const bench: LayerBench = {
    engine: 'fake',
    prepare: (geometry, scheme) => {
      const work = shared[scheme] ?? scheme;
      prepared.push(`${geometry.outputChannels} ${scheme}`);
      return { work, ...machine.contender(work, () => costs[work] ?? 1) };
    },
    prepareConversion: (kind) => machine.contender(kind, () => 0.5),
    release: () => {},
    prepareOperator: ({ step, buffers }) => machine.contender(`${step.op} ${buffers[0].format}`, () => (buffers[0].format === 'int8' ? 3 : 1)),
  };
  return { bench, prepared };
}

describe('the cost table', () => {
  test('measures a geometry once, whatever the order of its fields', async () => {
    const machine = new FakeMachine();
    const { bench, prepared } = fakeBench(machine, { float32: 2, int8: 1, xnor: 0.25 });
    const table = new CostTable(bench, machine.clock);
    const first = await table.layer(GEOMETRY, breathe);
    const runs = machine.order.length;
    const again = await table.layer(Object.fromEntries(Object.entries(GEOMETRY).toReversed()) as unknown as LayerGeometry, breathe);
    expect(again).toBe(first);
    expect(machine.order.length).toBe(runs);
    expect(prepared).toHaveLength(SCHEME_IDS.length);
    await table.layer({ ...GEOMETRY, outputChannels: 10 }, breathe);
    expect(machine.order.length).toBeGreaterThan(runs);
    expect([first.float32.median, first.int8.median, first.xnor.median]).toEqual([2, 1, 0.25]);
  });

  test('a precision that runs on the kernel of another never looks cheaper, whatever the noise', async () => {
    const machine = new FakeMachine();
    const { bench } = fakeBench(machine, {});
    const noisy: LayerBench = { ...bench, prepare: (geometry, scheme) => ({ ...bench.prepare(geometry, scheme), ...machine.contender(scheme, (turn) => 1 + ((turn * 7) % 5) / 10) }) };
    const row = await new CostTable(noisy, machine.clock).layer(GEOMETRY, breathe);
    for (const scheme of ['int4', 'ternary', 'binary'] as const) expect(row[scheme]).toBe(row.int8);
    expect(new Set(machine.order)).toEqual(new Set(['float32', 'binary', 'xnor']));
  });

  test('precisions take turns within a round', async () => {
    const machine = new FakeMachine();
    const { bench } = fakeBench(machine, { float32: 1, int8: 1, xnor: 1 });
    await new CostTable(bench, machine.clock).layer(GEOMETRY, breathe);
    // After each has found out how often it fits into a turn.
    expect(machine.order.slice(3).join(' ')).toMatch(/^(float32 int8 xnor ?)+$/);
  });

  test('an operator is timed once in each form, the forms taking turns; real ones run', async () => {
    const machine = new FakeMachine();
    const table = new CostTable(fakeBench(machine, {}).bench, machine.clock);
    const forms = operatorForms(plainNetwork(5).graph).filter(({ step }) => step.op === 'max-pool');
    const [float] = forms;
    const pair = forms.filter(({ step }) => step.node === float.step.node);
    expect(pair.map(({ buffers }) => buffers[0].format)).toEqual(['float32', 'int8']);
    expect(await table.operator(pair, breathe)).toEqual([1, 3]);
    const runs = machine.order.length;
    expect(await table.operator(pair.toReversed(), breathe)).toEqual([3, 1]);
    expect(machine.order.length).toBe(runs);
    for (const form of operatorForms(residualNetwork(1).graph)) createLayerBench().prepareOperator(form).run();
  });

  test('a cancelled measurement leaves no trace', async () => {
    const machine = new FakeMachine();
    const table = new CostTable(fakeBench(machine, {}).bench, machine.clock);
    await expect(table.layer(GEOMETRY, () => Promise.reject(new Error('Cancelled')))).rejects.toThrow('Cancelled');
    const row = await table.layer(GEOMETRY, breathe);
    expect(row.float32.rounds).toBeGreaterThanOrEqual(9);
  });

  test('real kernels run at every precision, on their own kinds of numbers', () => {
    const bench = createLayerBench();
    const work = SCHEME_IDS.map((scheme) => {
      const layer = bench.prepare(GEOMETRY, scheme);
      layer.run();
      return layer.work;
    });
    expect(work[0]).toMatch(/float32/);
    expect(work[1]).toMatch(/integer/);
    expect(work[5]).toMatch(/xnor/);
  });
});

describe('the forecast', () => {
  const { graph } = plainNetwork(5);
  const layers = layersOf(graph).map(({ id }) => id);
  const costs = {
    layers: Object.fromEntries(layers.map((id) => [id, { float32: 1, int8: 0.5, xnor: 0.125 }])),
    operators: operatorCosts(graph, () => 0),
    conversions: { quantise: 0, dequantise: 0, 'sign-pack': 0 },
  };
  const plan = Object.fromEntries(layers.map((id) => [id, { scheme: 'int8' as const }]));

  test('is the sum of the table and what a measured plan took beyond it', () => {
    expect(tableMilliseconds(lower(graph, {}).network, costs)).toBe(layers.length);
    expect(tableMilliseconds(lower(graph, plan).network, costs)).toBe(layers.length / 2);
    expect(forecastMilliseconds(layers.length / 2, { milliseconds: layers.length + 3, table: layers.length })).toBe(layers.length / 2 + 3);
    expect(forecastMilliseconds(2, { milliseconds: 1, table: 4 })).toBe(2);
    expect(forecastMilliseconds(2, null)).toBe(2);
  });

  test('knows nothing where an entry is missing', () => {
    const { [layers[1]]: _gone, ...rest } = costs.layers;
    expect(tableMilliseconds(lower(graph, {}).network, { ...costs, layers: rest })).toBeNull();
  });

  test('prices an operator in the form that the plan gives it', () => {
    const priced = { ...costs, operators: operatorCosts(graph, (form) => (form.buffers[0].format === 'int8' ? 3 : 1)) };
    const formats = (network: LoweredNetwork) => network.steps.flatMap((step) => (step.kind === 'op' ? [network.buffers[step.inputs[0]].format] : []));
    const [float, integer] = [lower(graph, {}).network, lower(graph, plan).network];
    expect(new Set(formats(float))).toEqual(new Set(['float32']));
    expect(formats(integer)).toContain('int8');
    expect(tableMilliseconds(float, priced)).toBe(layers.length + formats(float).length);
    const expected = formats(integer).reduce((sum, format) => sum + (format === 'int8' ? 3 : 1), 0);
    expect(tableMilliseconds(integer, priced)).toBe(layers.length / 2 + expected);
    expect(tableMilliseconds(integer, { ...priced, operators: operatorCosts(graph, () => 0, ['float32']) })).toBeNull();
  });

  test('counts each value that is converted', () => {
    const { network } = lower(graph, plan);
    const converted = network.steps.filter(({ kind }) => kind === 'quantise' || kind === 'dequantise').reduce((sum, step) => sum + network.buffers[step.output].shape.reduce((a, b) => a * b, 1), 0);
    expect(converted).toBeGreaterThan(0);
    const priced = tableMilliseconds(network, { ...costs, conversions: { quantise: 1, dequantise: 1, 'sign-pack': 1 } });
    expect(priced).toBeCloseTo(layers.length / 2 + converted, 6);
  });

  test('a conversion belongs to the layer of fewer bits that it exists for, also through the pooling between', () => {
    const { network } = lower(graph, { [layers[1]]: { scheme: 'int8' } });
    const owners = ownersOf(network);
    const conversions = network.steps.flatMap((step, index) => (step.kind === 'layer' || step.kind === 'op' ? [] : [owners[index]]));
    expect(conversions.length).toBeGreaterThan(0);
    expect(new Set(conversions)).toEqual(new Set([layers[1]]));
    network.steps.forEach((step, index) => {
      if (step.kind === 'layer') expect(owners[index]).toBe(step.node);
      if (step.kind === 'op') expect(owners[index]).toBeNull();
    });
  });
});
