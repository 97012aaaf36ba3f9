import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import type { TrainProgress } from '../../core/jobs/contract.ts';
import type { Plan } from '../../core/schemes/scheme.ts';

interface Call {
  readonly arg: { readonly resume?: Uint8Array; readonly recipe: { readonly learningRate: number }; readonly state: { readonly plan: Plan } };
  readonly signal: AbortSignal;
  readonly report: (progress: TrainProgress) => void;
  readonly fail: (error: Error) => void;
}

const calls: Call[] = [];
const network = vi.hoisted(() => ({ plan: { conv: { scheme: 'ternary' } } as Plan, variant: { id: 'v1', name: 'Mixed' } }));

vi.mock('../../renderer/host/jobs.ts', () => ({
  JOB_ENVIRONMENT: { tfjsWasmPath: '/' },
  runJob: (_name: string, arg: Call['arg'], options: { signal: AbortSignal; onProgress: Call['report'] }) =>
    new Promise((_resolve, fail) => calls.push({ arg, signal: options.signal, report: options.onProgress, fail })),
}));
vi.mock('../../renderer/commands/network-state.ts', () => ({
  dataOf: () => ({ name: 'stripes', train: { count: 10 } }),
  modelOf: () => ({}),
  networkState: () => Promise.resolve({ plan: network.plan }),
}));
vi.mock('../../renderer/commands/measure.ts', () => ({ originalOf: () => ({}) }));
vi.mock('../../renderer/state/select/network.ts', () => ({
  activeNetwork: () => ({ ...network, project: { variants: { v1: { name: 'Mixed' } } }, graph: { nodes: [{ id: 'conv', op: 'conv2d' }] } }),
}));

const { pauseTraining, cancelTraining, choicesFor, startTraining, pendingChanges } = await import('../../renderer/commands/training.ts');
const { trainingStore, setLayerChoice, setRecipeValue } = await import('../../renderer/state/training.ts');
const { documentStore } = await import('../../renderer/state/document.ts');
const { blobs } = await import('../../renderer/state/blobs.ts');
const { activeNetwork } = await import('../../renderer/state/select/network.ts');

const REPORT: TrainProgress = {
  step: 10, steps: 100, epoch: 1, epochs: 10, stage: 'Quantised', activity: 'training', loss: 1, learningRate: 1e-3, trainAccuracy: 0.5, imagesPerSecond: 1, secondsLeft: 9, layers: [], backend: 'test',
};
const checkpoint = (step: number): Uint8Array => Uint8Array.of(step);
const run = () => trainingStore.getState().run;
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

beforeEach(() => {
  calls.length = 0;
  blobs.clear();
  network.plan = { conv: { scheme: 'ternary' } };
  trainingStore.setState({ run: null, recipe: {}, choices: {}, seed: 1 });
  documentStore.setState({ project: { data: { preprocess: 'unit' }, variants: {} } as never });
});
afterEach(() => vi.useRealTimers());

async function started(): Promise<Call> {
  void startTraining();
  await settle();
  return calls[0];
}

describe('A run in the studio', () => {
  it('whose worker was ended because it did not stop keeps the last checkpoint that it sent, and goes on from it', async () => {
    const { report, fail, signal } = await started();
    report({ ...REPORT, step: 10, checkpoint: checkpoint(10) });
    report({ ...REPORT, step: 20, checkpoint: checkpoint(20) });
    report({ ...REPORT, step: 25 });
    cancelTraining();
    expect(signal.aborted).toBe(true);
    expect(run()?.state).toBe('stopping');
    // The lane rejects the call after 2 s; a checkpoint of the end never comes.
    fail(new CancelledError());
    await settle();
    expect(run()).toMatchObject({ state: 'cancelled', checkpoint: { step: 20 } });
    void startTraining({ resume: true });
    await settle();
    expect(calls[1].arg.resume).toEqual(checkpoint(20));
  });

  it('whose worker failed says so, and goes on from its last checkpoint', async () => {
    const { report, fail } = await started();
    report({ ...REPORT, checkpoint: checkpoint(10) });
    fail(new StudioError('The work stopped with an error: out of memory.'));
    await settle();
    expect(run()).toMatchObject({ state: 'failed', checkpoint: { step: 10 }, problem: 'The work stopped with an error: out of memory.' });
    void startTraining({ resume: true });
    await settle();
    expect(calls[1].arg.resume).toEqual(checkpoint(10));
  });

  it('that is paused goes on with what was changed meanwhile, and says beforehand what that is', async () => {
    const { report, fail } = await started();
    pauseTraining();
    report({ ...REPORT, step: 12, checkpoint: checkpoint(12) });
    fail(new CancelledError());
    await settle();
    expect(run()).toMatchObject({ state: 'paused', checkpoint: { step: 12 } });
    setRecipeValue('learningRate', 0.001);
    setLayerChoice('conv', { frozen: true });
    setLayerChoice('of another network', { frozen: true });
    network.plan = { conv: { scheme: 'binary' } };
    const before = run();
    const now = activeNetwork({} as never);
    const { recipe, choices } = trainingStore.getState();
    expect(before && pendingChanges(now, before, recipe, choicesFor(now, choices))).toEqual(['Learning rate 0.003 → 0.001', 'conv TERNARY → BINARY', 'conv frozen']);
    void startTraining({ resume: true });
    await settle();
    expect(calls[1].arg).toMatchObject({ resume: checkpoint(12), recipe: { learningRate: 0.001 }, layers: { conv: { frozen: true } }, state: { plan: { conv: { scheme: 'binary' } } } });
    expect(run()).toMatchObject({ name: before?.name, state: 'starting' });
  });

  it('that is begun anew does not touch the checkpoint of another variant', async () => {
    blobs.putCheckpoint('v2', checkpoint(7));
    await started();
    expect(blobs.checkpoint('v2')).toEqual(checkpoint(7));
    expect(blobs.checkpoint('v1')).toBeUndefined();
    expect(calls[0].arg.resume).toBeUndefined();
  });
});
