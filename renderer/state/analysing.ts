import { createStore } from 'zustand/vanilla';
import type { SensitivityDefinition } from '../../core/analysis/sensitivity/cells.ts';
import type { NodeId } from '../../core/graph/graph.ts';
import type { SearchResult } from '../../core/jobs/analysis-results.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';

export type SensitivityMetric = 'divergence' | 'accuracy' | 'loss' | 'noise';

/** A scan that runs, or that a person or a failure stopped; without one, it goes on by itself. */
export type ScanState =
  | { readonly kind: 'running'; readonly startedAtMs: number; readonly doneAtStart: number }
  /** Stays so until a person goes on. */
  | { readonly kind: 'stopped' };

export interface FoundPlans {
  /** Of everything that the search depends on; an older result is not shown for another question. */
  readonly key: string;
  readonly result: SearchResult;
}

export interface AnalysingState {
  readonly definition: SensitivityDefinition;
  readonly metric: SensitivityMetric;
  /** What the front is drawn over. */
  readonly over: 'bytes' | 'milliseconds';
  readonly tied: boolean;
  /** The cell that arrow keys move. */
  readonly cell: { readonly layer: NodeId; readonly scheme: SchemeId } | null;
  /** The plan looked at, as its text; null: the one that the budgets choose. */
  readonly shownPlan: string | null;
  /** The plan under the pointer in the chart: shown as long as it is there. */
  readonly peekedPlan: string | null;
  /** By sensitivity key. */
  readonly scans: Readonly<Record<string, ScanState>>;
  readonly found: FoundPlans | null;
  /** Why the last search found nothing, as a sentence. */
  readonly problem: string | null;
}

export const analysingStore = createStore<AnalysingState>(() => ({
  definition: 'alone',
  metric: 'divergence',
  over: 'bytes',
  tied: false,
  cell: null,
  shownPlan: null,
  peekedPlan: null,
  scans: {},
  found: null,
  problem: null,
}));

export function setScan(key: string, scan: ScanState | null): void {
  analysingStore.setState(({ scans }) => {
    const { [key]: _old, ...others } = scans;
    return { scans: scan === null ? others : { ...others, [key]: scan } };
  });
}

/** Where the cells of a scan are kept among the results. Those alone stand under the network itself, for the forecasts. */
export function sensitivityKey(networkKey: string, definition: SensitivityDefinition): string {
  return definition === 'alone' ? networkKey : `${networkKey}/${definition}`;
}
