import { changeOf, type GapStep, type LayerNoise, type PlanGap, type Standing, type ValueGap } from '../../../core/analysis/gap/gap.ts';
import type { Formats } from '../../../core/base/format.ts';
import { MISSING } from '../../../core/base/format.ts';
import { NO_NOISE_DECIBELS } from '../../../core/quant/signal-to-noise.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import { choiceOf, choiceText, type ResolvedChoice } from '../../../core/schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../../../core/schemes/scheme.ts';

export type Tone = 'better' | 'worse' | 'none';

export interface ChangeCells {
  /** Right answers in points. */
  readonly points: string;
  readonly pointsTone: Tone;
  /** KL to the float network in nats. */
  readonly nats: string;
  readonly natsTone: Tone;
}

/** The setting of a layer that is nearer to the float network, where the variant in work has another. */
export interface BetterSetting {
  readonly side: 'before' | 'after';
  readonly scheme: SchemeId;
}

export interface GapRow {
  readonly layer: string;
  readonly before: ResolvedChoice;
  readonly after: ResolvedChoice;
  /** The same precision with other options. */
  readonly options: string | null;
  readonly inTurn: ChangeCells;
  readonly alone: ChangeCells;
  /** Signed share of the largest change of the divergence, −1 to 1. */
  readonly share: number;
  readonly bytes: string;
  readonly better: BetterSetting | null;
}

export interface GapTable {
  readonly rows: readonly GapRow[];
  readonly sum: ChangeCells;
  readonly bytes: string;
}

/** Nats with their sign: "+0.0312", "−8.1e-5", "±0" for none. */
export function natsText(nats: number, formats: Formats): string {
  if (nats === 0) return '±0';
  const size = Math.abs(nats);
  const number = size < 0.001 ? formats.scientific(size) : formats.decimal(size, size < 0.1 ? 4 : 3);
  return `${nats < 0 ? '\u2212' : '+'}${number}`;
}

const toneOf = (change: number, better: 'more' | 'less'): Tone => (change === 0 ? 'none' : change > 0 === (better === 'more') ? 'better' : 'worse');

export function changeCells({ divergence, right }: Standing, images: number, formats: Formats): ChangeCells {
  return {
    points: formats.signed((right / Math.max(images, 1)) * 100, 1),
    pointsTone: toneOf(right, 'more'),
    nats: natsText(divergence, formats),
    natsTone: toneOf(divergence, 'less'),
  };
}

export function bytesText(bytes: number, formats: Formats): string {
  const size = Math.abs(bytes) / 1000;
  return formats.signed(bytes / 1000, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

const wholeOf = ({ before, after }: PlanGap | ValueGap): Standing => changeOf(before, after);

/** Rows in the order of the network; `inWork` is the plan that a better setting would be copied into. */
export function gapTable(gap: PlanGap, inWork: Plan, formats: Formats): GapTable {
  const largest = Math.max(...gap.steps.map(({ inTurn }) => Math.abs(inTurn.divergence)), 0);
  return {
    rows: gap.steps.map((step) => ({
      layer: step.layer,
      before: step.before,
      after: step.after,
      options: step.before.scheme === step.after.scheme ? changedOptions(step) : null,
      inTurn: changeCells(step.inTurn, gap.images, formats),
      alone: changeCells(step.alone, gap.images, formats),
      share: largest === 0 ? 0 : step.inTurn.divergence / largest,
      bytes: bytesText(step.bytes, formats),
      better: betterSetting(step, inWork),
    })),
    sum: changeCells(wholeOf(gap), gap.images, formats),
    bytes: bytesText(gap.steps.reduce((sum, { bytes }) => sum + bytes, 0), formats),
  };
}

function changedOptions({ before, after }: GapStep): string {
  const names = Object.keys(after.options).filter((name) => before.options[name] !== after.options[name]);
  return names.map((name) => `${name} ${String(before.options[name])} → ${String(after.options[name])}`).join(', ');
}

function betterSetting({ layer, before, after, inTurn }: GapStep, inWork: Plan): BetterSetting | null {
  if (inTurn.divergence === 0) return null;
  const side = inTurn.divergence > 0 ? 'before' : 'after';
  const choice = side === 'before' ? before : after;
  return choiceText(choice) === choiceText(inWork[layer]) ? null : { side, scheme: choice.scheme };
}

/** The layer whose exchange moves the divergence most; null where none does. */
export function weightiest(gap: PlanGap): GapStep | null {
  const most = gap.steps.toSorted((a, b) => Math.abs(b.inTurn.divergence) - Math.abs(a.inTurn.divergence))[0];
  return most && most.inTurn.divergence !== 0 ? most : null;
}

/** "Right answers −2.5 pt and KL to FP32 +0.0312 nats on 200 test images." */
export function gapText(gap: PlanGap | ValueGap, formats: Formats): string {
  const change = changeCells(wholeOf(gap), gap.images, formats);
  const what = gap.measure === 'accuracy' ? 'Right answers' : 'Answers like those of FP32';
  return `${what} ${change.points}\u00a0pt and KL to FP32 ${change.nats}\u00a0nats, on the first ${formats.count(gap.images)} test images.`;
}

/** Which layer matters most, as a sentence. */
export function findingText(gap: PlanGap, formats: Formats): string {
  const most = weightiest(gap);
  if (gap.steps.length === 0) return 'Their plans are the same, so there is nothing to explain.';
  if (!most) return 'No exchange of a layer moves the answers.';
  const cells = changeCells(most.inTurn, gap.images, formats);
  const whole = wholeOf(gap).divergence;
  const share = whole === 0 ? 0 : most.inTurn.divergence / whole;
  const part = share > 0 && share <= 1 && gap.steps.length > 1 ? `, ${formats.percent(share)} of the gap in KL` : '';
  const from = `${SCHEMES[most.before.scheme].name} to ${SCHEMES[most.after.scheme].name}`;
  const costliest = gap.steps.toSorted((a, b) => Math.abs(b.inTurn.right) - Math.abs(a.inTurn.right))[0];
  const other = costliest.layer === most.layer || costliest.inTurn.right === most.inTurn.right ? '' : ` Most right answers turn at ${costliest.layer}: ${changeCells(costliest.inTurn, gap.images, formats).points}\u00a0pt.`;
  return `${most.layer} matters most: from ${from} it changes KL by ${cells.nats}\u00a0nats and right answers by ${cells.points}\u00a0pt${part}.${other}`;
}

/** The same short, for the foot of the tree. */
export function shortFinding(gap: PlanGap, formats: Formats): string | null {
  const most = weightiest(gap);
  if (!most) return null;
  const [own, whole] = [most.inTurn.divergence, wholeOf(gap).divergence];
  const share = whole === 0 ? 0 : own / whole;
  if (share > 0 && share <= 1) return `${most.layer} explains ${natsText(own, formats)} of ${natsText(whole, formats)}\u00a0nats.`;
  return `${most.layer} matters most: ${natsText(own, formats)}\u00a0nats, against ${natsText(whole - own, formats)} of the others.`;
}

export interface NoiseView {
  readonly layer: string;
  readonly schemes: readonly [SchemeId, SchemeId];
  readonly before: string;
  readonly after: string;
  readonly between: string;
  /** Of the decibels between the two, 0 to 1; null where they are not known. */
  readonly share: number | null;
}

/** Decibels beyond which a bar is full: an INT8 layer or better. */
const FULL_DECIBELS = 48;

/** `plans`: of the network before and of the one after. */
export function noiseRows(gap: ValueGap, plans: readonly [Plan, Plan], formats: Formats): readonly NoiseView[] {
  const text = (value: number | null): string => (value === null ? MISSING : value >= NO_NOISE_DECIBELS ? 'the same' : formats.decibels(value));
  return gap.layers.map(({ layer, before, after, between }) => ({
    layer,
    schemes: [choiceOf(plans[0], layer).scheme, choiceOf(plans[1], layer).scheme],
    before: text(before),
    after: text(after),
    between: text(between),
    share: between === null ? null : Math.min(1, Math.max(0, between / FULL_DECIBELS)),
  }));
}

/**
 * Where the values of two networks part: the layer at which the decibels between them fall furthest, and which of the two is nearer
 * to the float network in the end.
 */
export function partingText({ layers }: ValueGap, names: { readonly before: string; readonly after: string }, formats: Formats): string {
  const known = layers.filter((row): row is LayerNoise & { readonly between: number } => row.between !== null);
  const falls = known.slice(1).map(({ layer, between }, index) => ({ layer, between, from: known[index].between }));
  const most = falls.toSorted((a, b) => b.from - b.between - (a.from - a.between))[0];
  const dB = (value: number): string => `${formats.decibels(value)}\u00a0dB`;
  const last = layers.findLast(({ before, after }) => before !== null && after !== null);
  const [first, second] = [last?.before ?? 0, last?.after ?? 0];
  const nearer = second > first ? 'nearer to' : 'further from';
  const end = !last || first === second ? '' : ` At ${last.layer} ${names.after} is ${nearer} FP32 than ${names.before}: ${dB(second)} instead of ${dB(first)}.`;
  if (!most || most.from <= most.between) return `The values of their layers do not part.${end}`;
  if (most.from >= NO_NOISE_DECIBELS) return `Their values part at ${most.layer}: ${dB(most.between)} of signal to noise between the two.${end}`;
  return `Their values part most at ${most.layer}: from ${dB(most.from)} to ${dB(most.between)} of signal to noise between the two.${end}`;
}
