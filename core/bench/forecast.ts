import { elementCount } from '../graph/graph.ts';
import type { LoweredNetwork } from '../runtime/program.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import type { ConversionCosts } from './cost-table.ts';

/** What the table knows of one network. */
export interface NetworkCosts {
  /** Milliseconds by layer and scheme. */
  readonly layers: Readonly<Record<string, Readonly<Partial<Record<SchemeId, number>>>>>;
  readonly conversions: ConversionCosts | null;
}

/** Milliseconds of a lowered network's layers and of the conversions between them; null where an entry is missing. */
export function tableMilliseconds({ steps, buffers }: LoweredNetwork, { layers, conversions }: NetworkCosts): number | null {
  let sum = 0;
  for (const step of steps) {
    if (step.kind === 'op') continue;
    if (step.kind === 'layer') {
      const cost = layers[step.node]?.[step.scheme];
      if (cost === undefined) return null;
      sum += cost;
    } else sum += (conversions?.[step.kind] ?? 0) * elementCount(buffers[step.output].shape);
  }
  return sum;
}

/** A plan that was measured: what it took in all, and what the table says of its layers and conversions. */
export interface MeasuredPlan {
  readonly milliseconds: number;
  readonly table: number;
}

/**
 * Milliseconds of a plan: the sum of the table, and for everything else (operators, calls, cold caches) what a measured plan
 * of the same network took beyond its own sum.
 */
export function forecastMilliseconds(table: number, measured: MeasuredPlan | null): number {
  return table + (measured ? Math.max(0, measured.milliseconds - measured.table) : 0);
}
