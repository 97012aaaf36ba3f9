import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../core/base/errors.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { FixTrial, LayerDiagnosis } from '../../core/jobs/analysis-results.ts';
import type { LayerChoice } from '../../core/schemes/scheme.ts';
import { residualNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

interface Call {
  readonly name: string;
  readonly arg: { readonly choices?: readonly LayerChoice[]; readonly layer: string; readonly channel?: number };
  readonly signal: AbortSignal;
  readonly report: (progress: { readonly trial?: FixTrial }) => void;
  readonly finish: (result: unknown) => void;
}

const calls: Call[] = [];

vi.mock('../../renderer/host/jobs.ts', () => ({
  JOB_ENVIRONMENT: { tfjsWasmPath: '/' },
  runJob: (name: string, arg: Call['arg'], options: { signal: AbortSignal; onProgress: Call['report'] }) =>
    new Promise((finish, fail) => {
      options.signal.addEventListener('abort', () => fail(new CancelledError()));
      calls.push({ name, arg, signal: options.signal, report: options.onProgress, finish });
    }),
}));
vi.mock('../../renderer/commands/network-state.ts', () => ({
  lacksData: () => false,
  dataOf: () => ({ train: { count: 4000 }, test: { count: 200, labels: new Int32Array(200) } }),
  modelOf: () => ({}),
  networkState: () => Promise.resolve({}),
}));

const { applyFix, stopTrying, tryFixes } = await import('../../renderer/commands/fixes.ts');
const { showChannel, startInspecting } = await import('../../renderer/commands/inspecting.ts');
const { activityStore, putDiagnosis } = await import('../../renderer/state/activity.ts');
const { applyEdit, documentStore, openProject, undo } = await import('../../renderer/state/document.ts');
const { setScheme } = await import('../../renderer/state/edits/plan.ts');
const { insightKey, triedFixesKey } = await import('../../renderer/state/keys.ts');
const { activeNetwork } = await import('../../renderer/state/select/network.ts');
const { selectLayer, sessionStore } = await import('../../renderer/state/session.ts');

const { graph } = residualNetwork(1);
const [, layer, other] = layersOf(graph).map(({ id }) => id);
const UP: LayerChoice = { scheme: 'int4' };
const TWO: LayerChoice = { scheme: 'ternary', options: { threshold: 0.7, levels: 'two' } };
const diagnosis: LayerDiagnosis = { layer, output: null, dead: [], findings: [], fixes: [TWO, UP].map((choice) => ({ choice, against: [] })) };
const trial = (choice: LayerChoice): FixTrial => ({
  choice,
  bytes: 10,
  divergence: 0.1,
  correct: 9,
  count: 10,
  gain: { divergence: { change: -0.1, halfWidth: 0.01 }, accuracy: { change: 0, halfWidth: 0.1 }, helps: true },
});

const network = () => activeNetwork(documentStore.getState().project!);
const tried = () => activityStore.getState().triedFixes[triedFixesKey(network(), layer)];
const wait = (ms = 0): Promise<void> => new Promise((done) => setTimeout(done, ms));
const triesOf = () => calls.filter(({ name }) => name === 'tryFixes');

beforeEach(() => {
  stopTrying();
  calls.length = 0;
  activityStore.setState(activityStore.getInitialState(), true);
  openProject(projectOf(graph), 'Open');
  applyEdit('Ternary', (project) => setScheme(project, [layer, other], 'ternary'));
  selectLayer(layer);
  putDiagnosis(insightKey(network(), layer), diagnosis);
});

describe('Trying fixes', () => {
  it('shows each as it is measured, and applies one as a step that can be undone, with its result still there', async () => {
    void tryFixes();
    await wait();
    const [{ arg, report, finish }] = triesOf();
    expect(arg.choices).toEqual([TWO, UP]);
    report({ trial: trial(TWO) });
    expect(tried()).toMatchObject({ isRunning: true, samples: 1000, split: 'train', trials: [{ choice: TWO }] });
    report({ trial: trial(UP) });
    finish({});
    await wait();
    expect(tried().isRunning).toBe(false);
    applyFix(layer, UP, 'Raise to INT4');
    expect(network().plan[layer]).toEqual(UP);
    expect(tried()).toBeUndefined();
    undo();
    expect(network().plan[layer].scheme).toBe('ternary');
    expect(tried().trials).toHaveLength(2);
  });

  it('stops when the plan changes, since it measures another network; what was measured stays with the old one, and only the rest is tried again', async () => {
    const stop = startInspecting();
    await wait();
    void tryFixes();
    await wait();
    const [{ signal, report }] = triesOf();
    report({ trial: trial(TWO) });
    applyEdit('Other', (project) => setScheme(project, [other], 'binary'));
    await wait(10);
    expect(signal.aborted).toBe(true);
    report({ trial: trial(UP) });
    expect(tried()).toBeUndefined();
    undo();
    await wait(10);
    expect(tried()).toMatchObject({ isRunning: false, trials: [{ choice: TWO }] });
    void tryFixes();
    await wait();
    expect(triesOf()[1].arg.choices).toEqual([UP]);
    stop();
  });

  it('goes on while another layer is looked at', async () => {
    const stop = startInspecting();
    void tryFixes();
    await wait();
    selectLayer(other);
    await wait(10);
    expect(triesOf()[0].signal.aborted).toBe(false);
    stop();
  });
});

describe('Inspecting', () => {
  it('draws at once and looks for causes when selection and options rest; what is superseded is stopped', async () => {
    const stop = startInspecting();
    await wait(10);
    expect(calls.map(({ name }) => name)).toEqual(['inspectLayer']);
    selectLayer(other);
    await wait(10);
    expect(calls[0].signal.aborted).toBe(true);
    expect(calls[1]).toMatchObject({ name: 'inspectLayer', arg: { layer: other } });
    await wait(400);
    expect(calls.map(({ name, arg }) => [name, arg.layer]).slice(2)).toEqual([['diagnoseLayer', other]]);
    stop();
    expect(calls[2].signal.aborted).toBe(true);
  });

  it('shows one channel of the focused layer, and forgets that of another', async () => {
    const stop = startInspecting();
    await wait(10);
    showChannel(layer, 3);
    await wait(10);
    expect(calls.at(-1)).toMatchObject({ name: 'inspectChannel', arg: { layer, channel: 3 } });
    selectLayer(other);
    await wait(10);
    expect(calls.filter(({ name }) => name === 'inspectChannel')).toHaveLength(1);
    expect(sessionStore.getState().channel?.layer).toBe(layer);
    stop();
  });
});
