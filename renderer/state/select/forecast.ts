import type { NodeId } from '../../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { SensitivityCell } from '../../../core/analysis/sensitivity/cells.ts';
import type { ActivityState } from '../activity.ts';
import { planWith, schemeOf } from '../edits/plan.ts';
import { resultKeyOfPlan } from '../keys.ts';
import { costsOf, rungDifference } from './estimates.ts';
import { layerTable } from './layers.ts';
import { sizeOf, type ActiveNetwork } from './network.ts';

export interface Change {
  readonly change: number;
  /** Measured for exactly this plan; otherwise estimated from the layer alone. */
  readonly measured: boolean;
}

/** What choosing a rung would do to the whole network, before it is chosen. */
export interface RungForecast {
  readonly scheme: SchemeId;
  readonly refusal: string | null;
  readonly isNow: boolean;
  /** Exact. */
  readonly sizeBytes: number;
  /** Share, 0 to 1. Null while nothing is known. */
  readonly accuracy: Change | null;
  readonly milliseconds: Change | null;
}

type Known = Pick<ActivityState, 'evaluations' | 'speeds' | 'sensitivities' | 'ladders' | 'operators' | 'conversions'>;

/** Accuracy change (share) of a layer alone at a scheme: 0 for float32, null when not measured. */
export function aloneChange(cells: Readonly<Partial<Record<SchemeId, SensitivityCell>>> | undefined, scheme: SchemeId): number | null {
  if (scheme === 'float32') return 0;
  const cell = cells?.[scheme];
  return cell ? cell.accuracyChange / 100 : null;
}

export function forecastLayer(network: ActiveNetwork, layer: NodeId, known: Known): readonly RungForecast[] {
  return SCHEME_IDS.map((scheme) => forecastRung(network, layer, scheme, known));
}

export function forecastRung(network: ActiveNetwork, layer: NodeId, scheme: SchemeId, known: Known): RungForecast {
  const { graph, plan, project, identity } = network;
  const now = schemeOf(plan, layer);
  const refusal = layerTable(graph)[layer]?.refusals[scheme] ?? null;
  const isNow = scheme === now;
  if (isNow || refusal !== null) return { scheme, refusal, isNow, sizeBytes: 0, accuracy: null, milliseconds: null };
  const sizeNow = sizeOf(graph, plan).totalBytes;
  const cells = known.sensitivities[network.networkKey]?.[layer];
  const costs = costsOf(network, known);
  const evaluation = known.evaluations[network.key];
  const speed = known.speeds[network.key];
  const changed = planWith(plan, layer, scheme);
  const key = resultKeyOfPlan(project, identity, changed);
  const otherEvaluation = known.evaluations[key];
  const otherSpeed = known.speeds[key];
  const comparable = evaluation && otherEvaluation && evaluation.count === otherEvaluation.count;
  return {
    scheme,
    refusal,
    isNow,
    sizeBytes: sizeOf(graph, changed).totalBytes - sizeNow,
    accuracy: comparable
      ? { change: otherEvaluation.accuracy - evaluation.accuracy, measured: true }
      : estimate(aloneChange(cells, now), aloneChange(cells, scheme)),
    milliseconds:
      speed && otherSpeed
        ? // Two runs at different times: compared through the float network, which ran beside each.
          { change: speed.floatMilliseconds / otherSpeed.ratio.median - speed.floatMilliseconds / speed.ratio.median, measured: true }
        : forecastChange(rungDifference(network, layer, changed, costs)),
  };
}

function forecastChange(change: number | null): Change | null {
  return change === null ? null : { change, measured: false };
}

function estimate(now: number | null, then: number | null): Change | null {
  return now === null || then === null ? null : { change: then - now, measured: false };
}

const HARM_STEPS = 8;
/** Points of accuracy lost at which the harm line is full. */
const HARM_FULL = 4;

/** Length of the line under a rung's letter: 0 to 8 steps. */
export function harmSteps(alone: number | null): number {
  if (alone === null || alone >= 0) return 0;
  return Math.min(HARM_STEPS, Math.ceil(((-alone * 100) / HARM_FULL) * HARM_STEPS));
}
