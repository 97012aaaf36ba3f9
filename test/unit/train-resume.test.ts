import { beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { isLayer } from '../../core/graph/graph.ts';
import type { Calibration } from '../../core/quant/calibration.ts';
import { decodeMessage, encodeMessage } from '../../core/rpc/codec.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { trainNetwork, type TrainedNetwork } from '../../core/train/loop.ts';
import type { TrainingReport } from '../../core/train/report.ts';
import type { TrainingRequest } from '../../core/train/run-parts.ts';
import { startForTest } from './train-setup.ts';
import { BASE, DATA, planOf, request, trainFloat } from './train-stripes.ts';

let floatRun: TrainedNetwork;
let calibration: Calibration;
const STEPS_PER_EPOCH = 9;

beforeAll(async () => {
  await startForTest();
  ({ floatRun, calibration } = await trainFloat());
});

const quantised = (changes: Partial<TrainingRequest>): TrainingRequest => request({ model: floatRun.model, teacher: floatRun.model, calibration, plan: planOf('xnor'), ...changes });

/** Every checkpoint of a run, by its step. */
async function checkpointsOf(wanted: Partial<TrainingRequest>): Promise<{ readonly result: TrainedNetwork; readonly checkpoints: ReadonlyMap<number, Uint8Array> }> {
  const checkpoints = new Map<number, Uint8Array>();
  const result = await trainNetwork(quantised({ ...wanted, report: ({ step, checkpoint }) => void (checkpoint && checkpoints.set(step, checkpoint)) }));
  return { result, checkpoints };
}

/** Ends a run at a step, as a person does, and gives back what it left. */
async function stoppedAt(step: number, wanted: Partial<TrainingRequest> = {}): Promise<Uint8Array> {
  const controller = new AbortController();
  let left: Uint8Array | undefined;
  // The signal is asked only now and then: an epoch's end hands over a checkpoint of exactly that step.
  const run = trainNetwork(quantised({ ...wanted, signal: controller.signal, report: ({ step: at, checkpoint }) => void (at === step && ((left = checkpoint ?? left), controller.abort())) }));
  await expect(run).rejects.toThrow(CancelledError);
  if (!left) throw new Error(`No checkpoint at step ${step}.`);
  return left;
}

function expectSameRun(actual: TrainedNetwork, expected: TrainedNetwork): void {
  expect(actual.history).toEqual(expected.history);
  expect(actual.simulatedAccuracy).toBe(expected.simulatedAccuracy);
  for (const [id, values] of expected.model.weights) expect([...(actual.model.weights.get(id) ?? [])], id).toEqual([...values]);
}

describe('A run that goes on from a checkpoint', () => {
  it('is the run that never stopped, in every stage of one-bit layers: the same curve, the same weights', async () => {
    const { result, checkpoints } = await checkpointsOf({});
    expect([...checkpoints.keys()]).toEqual([1, 2, 3].map((epoch) => epoch * STEPS_PER_EPOCH));
    for (const bytes of checkpoints.values()) expectSameRun(await trainNetwork(quantised({ resume: bytes })), result);
  });

  it('is the same from the middle of an epoch, with augmentation and without', async () => {
    for (const augment of ['none', 'crop-flip'] as const) {
      const recipe = { ...BASE, epochs: 12, augment };
      const { result, checkpoints } = await checkpointsOf({ recipe, checkpointSeconds: 0 });
      const middle = [...checkpoints].filter(([step]) => step % STEPS_PER_EPOCH > 0);
      expect(middle.length).toBeGreaterThan(0);
      expectSameRun(await trainNetwork(quantised({ recipe, resume: middle[0][1] })), result);
    }
  });

  it('first validates an epoch that had ended but was not validated yet', async () => {
    const { result, checkpoints } = await checkpointsOf({});
    const message = decodeMessage(checkpoints.get(9) as Uint8Array) as { checkpoint: { record: { history: { validationAccuracy: number | null }[] } } };
    const last = message.checkpoint.record.history.at(-1);
    expect(last?.validationAccuracy).not.toBeNull();
    if (last) last.validationAccuracy = null;
    expectSameRun(await trainNetwork(quantised({ resume: encodeMessage(message) })), result);
  });

  it('tells its whole curve with its first report', async () => {
    const bytes = await stoppedAt(9);
    const reports: TrainingReport[] = [];
    const result = await trainNetwork(quantised({ resume: bytes, report: (report) => reports.push(report) }));
    expect(reports[0].history).toEqual(result.history.slice(0, 9));
    expect(reports.slice(1).every(({ history }) => history === undefined)).toBe(true);
    expect(reports[0].step).toBe(9);
  });

  it('refuses what belongs to another run, would let trained images judge, or is damaged', async () => {
    const bytes = await stoppedAt(9);
    const resumed = (changes: Partial<TrainingRequest>): Promise<TrainedNetwork> => trainNetwork(quantised({ resume: bytes, ...changes }));
    await expect(resumed({ seed: 8 })).rejects.toThrow('belongs to another run (its seed differs)');
    await expect(resumed({ teacher: null, data: { ...DATA, hash: 'other' } })).rejects.toThrow('its teacher, data differ');
    await expect(resumed({ recipe: { ...BASE, validationShare: 0.1 } })).rejects.toThrow('Held out differs');
    await expect(resumed({ resume: bytes.slice(0, 100) })).rejects.toThrow('cannot be used');
  });
});

describe('A run that goes on with changes', () => {
  it('writes what changed into its history, at the step from which it holds, and goes on from there', async () => {
    const bytes = await stoppedAt(9);
    const recipe = { ...BASE, learningRate: 0.001, epochs: 4, teacherShare: 0.5 };
    const result = await trainNetwork(quantised({ resume: bytes, recipe }));
    const changed = result.history.filter(({ changes }) => changes !== undefined);
    expect(changed.map(({ step, changes }) => [step, changes])).toEqual([[9, ['Teacher share 0.7 → 0.5', 'Epochs 3 → 4', 'Learning rate 0.003 → 0.001']]]);
    expect(result.history.at(-1)?.step).toBe(4 * STEPS_PER_EPOCH);
    for (const { step, learningRate } of result.history) expect(learningRate).toBeLessThanOrEqual(step <= 9 ? 0.003 : 0.001);
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);
  });

  it('goes on exactly once more after the change', async () => {
    const recipe = { ...BASE, learningRate: 0.001 };
    const bytes = await stoppedAt(9);
    const { result, checkpoints } = await checkpointsOf({ recipe, resume: bytes });
    expectSameRun(await trainNetwork(quantised({ recipe, resume: checkpoints.get(18) })), result);
  });

  it('with another optimiser starts what it remembers anew, and keeps the weights', async () => {
    const result = await trainNetwork(quantised({ resume: await stoppedAt(18), recipe: { ...BASE, optimiser: 'nesterov', learningRate: 0.01 } }));
    expect(result.history.find(({ changes }) => changes)?.changes).toContain('Optimiser Adam → SGD, Nesterov’s momentum 0.9');
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);
  });

  it('with another batch size keeps its place in the schedule', async () => {
    const result = await trainNetwork(quantised({ resume: await stoppedAt(9), recipe: { ...BASE, batch: 20 } }));
    expect(result.history.find(({ changes }) => changes)).toMatchObject({ step: 18, changes: ['Batch 40 → 20'] });
    expect(result.history.at(-1)?.step).toBe(3 * 18);
    const steps = result.history.map(({ step }) => step);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  });

  it('ends at once, with what it has, where the epochs are already done', async () => {
    const result = await trainNetwork(quantised({ plan: planOf('ternary'), resume: await stoppedAt(18, { plan: planOf('ternary') }), recipe: { ...BASE, epochs: 2 } }));
    expect(result.history.at(-1)?.step).toBe(18);
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);
  });

  const middle = (): string => floatRun.model.graph.nodes.filter(isLayer)[1].id;
  const with1 = (base: Plan, scheme: Plan[string]['scheme']): Plan => ({ ...base, [middle()]: { scheme } });

  it.each([
    ['ternary', 'xnor', 'TERNARY → XNOR'],
    ['xnor', 'int8', 'XNOR → INT8'],
    ['int8', 'binary', 'INT8 → BINARY'],
    ['binary', 'int4', 'BINARY → INT4'],
  ] as const)('takes over a network whose layer went from %s to %s', async (from, to, words) => {
    const before = planOf(from);
    const after = with1(before, to);
    const bytes = await stoppedAt(9, { plan: before });
    const result = await trainNetwork(quantised({ plan: after, resume: bytes, recipe: { ...BASE, epochs: 4 } }));
    expect(result.history.flatMap(({ changes }) => changes ?? [])).toEqual(['Epochs 3 → 4', `${middle()} ${words}`]);
    expect(result.simulatedAccuracy).toBeGreaterThan(0.7);
    expect(result.history.at(-1)?.loss).toBeLessThan(1);
  });

  it('keeps the weights of the layers that did not change, and their scales', async () => {
    const bytes = await stoppedAt(9, { plan: planOf('int8') });
    const result = await trainNetwork(quantised({ plan: with1(planOf('int8'), 'binary'), resume: bytes, recipe: { ...BASE, epochs: 1 } }));
    const { weights } = (decodeMessage(bytes) as { checkpoint: { weights: Map<string, Float32Array> } }).checkpoint;
    for (const node of result.model.graph.nodes.filter(isLayer)) {
      const kernel = node.weights['kernel'];
      expect([...(result.model.weights.get(kernel) ?? [])], kernel).toEqual([...(weights.get(kernel) ?? [])]);
    }
    const { weightScales = {} } = result.calibration;
    expect(Object.keys(weightScales)).not.toContain(middle());
    expect(Object.keys(weightScales).length).toBe(Object.keys(planOf('int8')).length - 1);
  });
});
