import { about, join, type Formats } from '../base/format.ts';
import { SCHEME_IDS, SCHEMES } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';

/** What is known of a layer as it stands. null: not measured. */
export interface LayerMetrics {
  readonly scheme: SchemeId;
  /** Of the packed file. */
  readonly bytes: number;
  readonly milliseconds: number | null;
  /** The time is of exactly this plan; otherwise from the kernel table. */
  readonly timeMeasured: boolean;
  /** Signal to quantisation noise of the weights, dB; infinite for float32. */
  readonly weightSqnr: number | null;
  /** Mean KL(float ‖ this layer alone at its precision), nats. */
  readonly divergence: number | null;
  /** Accuracy change (share) with this layer alone at its precision. */
  readonly accuracyChange: number | null;
  readonly parameters: number;
  readonly multiplyAccumulates: number;
}

/** One metric of the layers: a paint of the graph, a column, an axis. */
export interface Overlay {
  readonly label: string;
  /** Of the numbers in `text`; empty where they have none or each its own. */
  readonly unit: string;
  /** Which of two values one would rather have. */
  readonly better: 'less' | 'more' | 'neither';
  /** Values of the layers of a block add up. */
  readonly adds: boolean;
  readonly value: (metrics: LayerMetrics) => number | null;
  readonly text: (value: number, formats: Formats) => string;
  readonly isEstimate?: (metrics: LayerMetrics) => boolean;
}

function kilobytes(bytes: number, formats: Formats): string {
  const value = bytes / 1000;
  return bytes === 0 ? '0' : formats.decimal(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** The clock of a page steps by 5 µs, so a very short layer can read as nothing. */
function milliseconds(value: number, formats: Formats): string {
  if (value < 0.0005) return `<${formats.decimal(0.001, 3)}`;
  return formats.decimal(value, value < 0.0995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

function count(value: number, formats: Formats): string {
  const [divisor, unit] = value < 1e6 ? [1, ''] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return divisor === 1 ? formats.count(value) : join({ value: formats.short(value / divisor), unit });
}

export const OVERLAYS = {
  precision: {
    label: 'Precision',
    unit: '',
    better: 'neither',
    adds: false,
    value: ({ scheme }) => SCHEME_IDS.indexOf(scheme),
    text: (rung) => SCHEMES[SCHEME_IDS[rung]].name,
  },
  bytes: { label: 'Bytes', unit: 'KB', better: 'less', adds: true, value: ({ bytes }) => bytes, text: kilobytes },
  time: {
    label: 'Time',
    unit: 'ms',
    better: 'less',
    adds: true,
    value: (metrics) => metrics.milliseconds,
    text: milliseconds,
    isEstimate: ({ timeMeasured }) => !timeMeasured,
  },
  cost: {
    label: 'Cost',
    unit: 'pt',
    better: 'more',
    adds: false,
    value: ({ accuracyChange }) => accuracyChange,
    text: (change, formats) => formats.signed(change * 100, 1),
  },
  sensitivity: {
    label: 'Sensitivity',
    unit: 'nat',
    better: 'less',
    adds: false,
    value: ({ divergence }) => divergence,
    text: (value, formats) => (value === 0 ? '0' : value < 0.001 ? formats.scientific(value) : formats.decimal(value, value < 0.1 ? 3 : 2)),
  },
  sqnr: { label: 'SQNR', unit: 'dB', better: 'more', adds: false, value: ({ weightSqnr }) => weightSqnr, text: (value, formats) => formats.decibels(value) },
  parameters: { label: 'Parameters', unit: '', better: 'less', adds: true, value: ({ parameters }) => parameters, text: count },
  operations: { label: 'MACs', unit: '', better: 'less', adds: true, value: ({ multiplyAccumulates }) => multiplyAccumulates, text: count },
} as const satisfies Readonly<Record<string, Overlay>>;
export type OverlayId = keyof typeof OVERLAYS;
export const OVERLAY_IDS = Object.keys(OVERLAYS) as readonly OverlayId[];

/** Overlays of which at least one layer has a number. */
export function knownOverlays(layers: readonly LayerMetrics[]): readonly OverlayId[] {
  return OVERLAY_IDS.filter((id) => layers.some((metrics) => OVERLAYS[id].value(metrics) !== null));
}

/** A value as it stands beside others of its kind: no unit, "≈" in front of an estimate. */
export function overlayText(overlay: Overlay, metrics: LayerMetrics, formats: Formats): string | null {
  const value = overlay.value(metrics);
  if (value === null) return null;
  const text = overlay.text(value, formats);
  return overlay.isEstimate?.(metrics) ? about(text) : text;
}

/** A fifth of the layers, best first. */
export interface ScaleStep {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const STEPS = 5;

/**
 * The distribution of a network's own values in up to five steps of about as many layers each, so that colours tell the
 * layers apart however far one of them lies from the rest. Equal values share a step. Best step first.
 */
export function quantileSteps(values: readonly number[], better: Overlay['better']): readonly ScaleStep[] {
  const sorted = values.toSorted((a, b) => (better === 'more' ? b - a : a - b));
  const steps: ScaleStep[] = [];
  for (let start = 0; start < sorted.length; ) {
    // Ends where the next fifth ends, and not between equal values.
    const wanted = Math.max(start + 1, Math.round((sorted.length * (Math.floor((start * STEPS) / sorted.length) + 1)) / STEPS));
    let end = Math.min(wanted, sorted.length);
    while (end < sorted.length && sorted[end] === sorted[end - 1]) end++;
    const [first, last] = [sorted[start], sorted[end - 1]];
    steps.push({ low: Math.min(first, last), high: Math.max(first, last), count: end - start });
    start = end;
  }
  return steps;
}

/** The step of a value; one between two steps (the sum of a block) belongs to the nearer end. */
export function stepOf(steps: readonly ScaleStep[], value: number): number {
  let [nearest, distance] = [0, Number.POSITIVE_INFINITY];
  steps.forEach((step, index) => {
    const away = value < step.low ? step.low - value : value > step.high ? value - step.high : 0;
    if (away < distance) [nearest, distance] = [index, away];
  });
  return nearest;
}
