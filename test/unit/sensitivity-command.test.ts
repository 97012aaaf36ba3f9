import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SensitivityCell } from '../../core/analysis/sensitivity/cells.ts';
import { cellPlaces } from '../../core/analysis/sensitivity/cells.ts';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import { activeNetwork } from '../../renderer/state/select/network.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { projectOf } from '../fixtures/projects.ts';

interface Call {
  readonly arg: { readonly known: readonly SensitivityCell[] };
  readonly signal: AbortSignal;
  readonly report: (progress: { cell: SensitivityCell }) => void;
  readonly end: (value: unknown) => void;
  readonly fail: (error: Error) => void;
}

const calls: Call[] = [];
vi.mock('../../renderer/host/jobs.ts', () => ({
  runJob: (_name: string, arg: Call['arg'], options: { signal: AbortSignal; onProgress: Call['report'] }) =>
    new Promise((end, fail) => calls.push({ arg, signal: options.signal, report: options.onProgress, end, fail })),
}));
vi.mock('../../renderer/commands/network-state.ts', () => ({
  dataOf: () => ({ name: 'test data' }),
  networkState: () => Promise.resolve({ model: {}, calibration: {} }),
}));

const { scanSensitivity, stopScan, wasStopped, knownCells, isScanned } = await import('../../renderer/commands/sensitivity.ts');
const { activityStore } = await import('../../renderer/state/activity.ts');
const { analysingStore } = await import('../../renderer/state/analysing.ts');

const { graph } = plainNetwork(1);
const network = activeNetwork(projectOf(graph));
const places = cellPlaces(graph);
const cellAt = (index: number): SensitivityCell => ({ ...places[index]!, definition: 'alone', divergence: index, accuracyChange: 0, lossChange: null, noise: null });
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));
const scan = () => analysingStore.getState().scans[network.networkKey];

beforeEach(() => {
  calls.length = 0;
  activityStore.setState({ sensitivities: {} });
  analysingStore.setState({ scans: {} });
});

async function started(): Promise<{ readonly call: Call; readonly done: Promise<unknown> }> {
  const done = scanSensitivity(network, 'alone', 0).catch((error: unknown) => error);
  await settle();
  return { call: calls.at(-1)!, done };
}

describe('a scan in the studio', () => {
  it('keeps what it measured when it is stopped, and is handed it when it goes on', async () => {
    const first = await started();
    expect(scan()).toMatchObject({ kind: 'running', doneAtStart: 0 });
    for (const index of [0, 1, 2]) first.call.report({ cell: cellAt(index) });
    // Displaced by more urgent work, the job starts again with this very list.
    expect(first.call.arg.known).toHaveLength(3);
    stopScan(network.networkKey, 'alone');
    expect(first.call.signal.aborted).toBe(true);
    first.call.fail(new CancelledError());
    await first.done;
    expect(wasStopped(network.networkKey, 'alone')).toBe(true);
    const second = await started();
    expect(second.call.arg.known.map(({ divergence }) => divergence)).toEqual([0, 1, 2]);
    expect(scan()).toMatchObject({ kind: 'running', doneAtStart: 3 });
    second.call.end([]);
    await second.done;
    expect(scan()).toBeUndefined();
  });

  it('runs once at a time, and not at all when nothing is missing', async () => {
    const first = await started();
    await scanSensitivity(network, 'alone', 0);
    expect(calls).toHaveLength(1);
    places.forEach((_, index) => first.call.report({ cell: cellAt(index) }));
    first.call.end([]);
    await first.done;
    expect(isScanned(network, 'alone')).toBe(true);
    expect(knownCells(network.networkKey, 'without')).toEqual([]);
    await scanSensitivity(network, 'alone', 0);
    expect(calls).toHaveLength(1);
  });

  it('that fails waits for a person instead of failing again', async () => {
    const { call, done } = await started();
    call.fail(new StudioError('The range of "x" has not been measured.', { where: 'net' }));
    expect(await done).toBeInstanceOf(StudioError);
    expect(scan()).toEqual({ kind: 'stopped' });
  });
});
