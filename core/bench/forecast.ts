import { elementCount } from '../graph/graph.ts';
import type { LoweredNetwork } from '../runtime/program.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import type { ConversionCosts, Cost, OperatorCosts } from './cost-table.ts';
import { operatorKey } from './operator-form.ts';

/** What the table knows of one network. */
export interface NetworkCosts {
  /** Milliseconds by layer and scheme. */
  readonly layers: Readonly<Record<string, Readonly<Partial<Record<SchemeId, number>>>>>;
  readonly operators: OperatorCosts;
  readonly conversions: ConversionCosts | null;
}

/** Medians of what was measured, by layer and scheme. */
export function networkCosts({ rows, operators, conversions }: {
  readonly rows: readonly { readonly layer: string; readonly scheme: SchemeId; readonly cost: Cost }[];
  readonly operators: OperatorCosts;
  readonly conversions: ConversionCosts;
}): NetworkCosts {
  const layers: Record<string, Partial<Record<SchemeId, number>>> = {};
  for (const { layer, scheme, cost } of rows) (layers[layer] ??= {})[scheme] = cost.median;
  return { layers, operators, conversions };
}

/**
 * Milliseconds of a lowered network's layers, of the operators between them in the form that the plan gives them, and of its
 * conversions; null where an entry is missing.
 */
export function tableMilliseconds(network: LoweredNetwork, { layers, operators, conversions }: NetworkCosts): number | null {
  let sum = 0;
  for (const step of network.steps) {
    const cost =
      step.kind === 'layer'
        ? layers[step.node]?.[step.scheme]
        : step.kind === 'op'
          ? operators[operatorKey(network, step)]
          : (conversions?.[step.kind] ?? 0) * elementCount(network.buffers[step.output].shape);
    if (cost === undefined) return null;
    sum += cost;
  }
  return sum;
}

/** A plan that was measured: what it took in all, and what the table says of it. */
export interface MeasuredPlan {
  readonly milliseconds: number;
  readonly table: number;
}

/**
 * Milliseconds of a plan: the sum of the table, and for everything else (calls, cold caches) what a measured plan
 * of the same network took beyond its own sum.
 */
export function forecastMilliseconds(table: number, measured: MeasuredPlan | null): number {
  return table + (measured ? Math.max(0, measured.milliseconds - measured.table) : 0);
}
