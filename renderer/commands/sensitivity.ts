import { cellPlaces, type SensitivityCell, type SensitivityDefinition } from '../../core/analysis/sensitivity/cells.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putSensitivityCell } from '../state/activity.ts';
import { analysingStore, sensitivityKey, setScan } from '../state/analysing.ts';
import { memoisePerObject } from '../state/select/memoise.ts';
import type { ActiveNetwork } from '../state/select/network.ts';
import { dataOf, networkState } from './network-state.ts';

/** Images that every cell is tried on. */
const PROBES = 200;

const TITLES = {
  alone: 'Finding which layers hurt',
  without: 'Finding what sparing each layer saves',
} as const satisfies Record<SensitivityDefinition, string>;

/** Asked for with every cell that arrives. */
const placesOf = memoisePerObject(cellPlaces);

const running = new Map<string, AbortController>();

export function knownCells(networkKey: string, definition: SensitivityDefinition): readonly SensitivityCell[] {
  const table = activityStore.getState().sensitivities[sensitivityKey(networkKey, definition)] ?? {};
  return Object.values(table).flatMap((row) => Object.values(row));
}

export function isScanned({ graph, networkKey }: ActiveNetwork, definition: SensitivityDefinition): boolean {
  return knownCells(networkKey, definition).length >= placesOf(graph).length;
}

/**
 * Measures the cells that are missing, once a network, in the background. Cells stay when it is stopped or displaced, so that it goes
 * on from there.
 */
export async function scanSensitivity(network: ActiveNetwork, definition: SensitivityDefinition, priority: number): Promise<void> {
  const data = dataOf(network);
  const { project, networkKey } = network;
  const key = sensitivityKey(networkKey, definition);
  if (!data || !project.data || running.has(key) || isScanned(network, definition)) return;
  const stop = new AbortController();
  running.set(key, stop);
  // The job is handed this very list whenever it starts, after being displaced too: what was measured meanwhile is in it.
  const known = [...knownCells(networkKey, definition)];
  setScan(key, { kind: 'running', startedAtMs: performance.now(), doneAtStart: known.length });
  try {
    const { model, calibration } = await networkState(network);
    const arg = { model, calibration, data, preprocess: project.data.preprocess, samples: PROBES, definition, known };
    await runJob('sensitivity', arg, {
      title: TITLES[definition],
      signal: stop.signal,
      priority,
      yields: true,
      onProgress: ({ cell }) => {
        known.push(cell);
        putSensitivityCell(key, cell);
      },
    });
    setScan(key, null);
  } catch (error) {
    // After a failure too: what fails would only fail again.
    setScan(key, { kind: 'stopped' });
    throw error;
  } finally {
    running.delete(key);
  }
}

export function stopScan(networkKey: string, definition: SensitivityDefinition): void {
  running.get(sensitivityKey(networkKey, definition))?.abort();
}

/** A person stopped it, or it failed: it does not begin again by itself. */
export function wasStopped(networkKey: string, definition: SensitivityDefinition): boolean {
  return analysingStore.getState().scans[sensitivityKey(networkKey, definition)]?.kind === 'stopped';
}
