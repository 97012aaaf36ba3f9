import { describeFinding } from '../../../../core/analysis/diagnosis/diagnose.ts';
import { choiceText } from '../../../../core/schemes/layer-facts.ts';
import type { FindingText } from '../../../../core/analysis/diagnosis/rule.ts';
import type { PairedDifference } from '../../../../core/analysis/comparison.ts';
import type { FixTrial, LayerDiagnosis } from '../../../../core/jobs/analysis-results.ts';
import { initialValues } from '../../../../core/quant/fields.ts';
import { SCHEME_IDS, SCHEMES } from '../../../../core/schemes/index.ts';
import type { ResolvedChoice } from '../../../../core/schemes/layer-facts.ts';
import type { LayerChoice } from '../../../../core/schemes/scheme.ts';
import type { TriedFixes } from '../../../state/activity.ts';
import { formats, signedKilobytes } from '../../../ui/format.ts';

export function causeRows(diagnosis: LayerDiagnosis): readonly FindingText[] {
  return diagnosis.findings.map((finding) => describeFinding(finding, formats));
}

const lowerFirst = (text: string): string => (/^[A-Z][a-z ]/.test(text) ? `${text[0].toLowerCase()}${text.slice(1)}` : text);

/** "Raise to INT4", "Zero threshold 0.62", "Weight clip: largest weight". */
export function fixTitle(choice: LayerChoice, present: ResolvedChoice): string {
  const { name, options: fields } = SCHEMES[choice.scheme];
  if (choice.scheme !== present.scheme) {
    const isHeavier = SCHEME_IDS.indexOf(choice.scheme) < SCHEME_IDS.indexOf(present.scheme);
    return `${isHeavier ? 'Raise' : 'Lower'} to ${name}`;
  }
  const values = { ...initialValues(fields), ...choice.options };
  return Object.entries(fields)
    .filter(([option]) => values[option] !== present.options[option])
    .map(([option, field]) => {
      const value = values[option];
      if (field.kind === 'flag') return `${field.label} ${value === true ? 'on' : 'off'}`;
      if (field.kind === 'range') return `${field.label} ${formats.short(Number(value))}`;
      return `${field.label}: ${lowerFirst(field.choices.find(({ id }) => id === value)?.label ?? String(value))}`;
    })
    .join(', ');
}

export interface FixRow {
  readonly key: string;
  readonly choice: LayerChoice;
  readonly title: string;
  /** Exact before anything is tried: "+2.30 KB". Empty for the moment until it is computed. */
  readonly size: string;
  /** Null until it is tried. Points of accuracy, and nats of divergence from FP32. */
  readonly measured: { readonly points: Gain; readonly divergence: Gain; readonly helps: boolean } | null;
}

interface Gain {
  readonly text: string;
  readonly meaning: 'better' | 'worse' | 'none';
}

export interface FixRowsInputs {
  readonly diagnosis: LayerDiagnosis;
  readonly tried: TriedFixes | undefined;
  readonly present: ResolvedChoice;
  /** Exact change of the packed file that each fix of the diagnosis makes. */
  readonly bytes: readonly (number | undefined)[];
}

const bytesText = (bytes: number | undefined): string => (bytes === undefined ? '' : Math.abs(bytes) < 1000 ? `${formats.signed(bytes, 0)}\u00a0B` : `${signedKilobytes(bytes)}\u00a0KB`);

function meaningOf({ change, halfWidth }: PairedDifference, lessIsBetter: boolean): Gain['meaning'] {
  if (Math.abs(change) <= halfWidth) return 'none';
  return change < 0 === lessIsBetter ? 'better' : 'worse';
}

function gainText({ change, halfWidth }: PairedDifference, decimals: number, isBeyondChance: boolean): string {
  const arrow = isBeyondChance ? (change > 0 ? '▲ ' : '▼ ') : '';
  return `${arrow}${formats.signed(change, decimals)} ±${formats.decimal(halfWidth, decimals)}`;
}

/** Two figures of the half width, which says how many mean anything. */
function decimalsOf({ change, halfWidth }: PairedDifference): number {
  const size = halfWidth > 0 ? halfWidth : Math.abs(change);
  return size > 0 ? Math.min(5, Math.max(2, 1 - Math.floor(Math.log10(size)))) : 2;
}

function measuredOf({ accuracy, divergence, helps }: FixTrial['gain']): NonNullable<FixRow['measured']> {
  const inPoints = { change: accuracy.change * 100, halfWidth: accuracy.halfWidth * 100 };
  const [points, nats] = [meaningOf(inPoints, false), meaningOf(divergence, true)];
  return {
    points: { text: `${gainText(inPoints, 1, points !== 'none')}\u00a0pt`, meaning: points },
    divergence: { text: `KL ${gainText(divergence, decimalsOf(divergence), nats !== 'none')}`, meaning: nats },
    helps,
  };
}

/** Fixes in the order of the diagnosis; once all are tried, those that help come first, the closest to FP32 before the others. */
export function fixRows({ diagnosis, tried, present, bytes }: FixRowsInputs): readonly FixRow[] {
  const rows = diagnosis.fixes.map(({ choice }, index) => {
    const key = choiceText(choice);
    const gain = tried?.trials.find((trial) => choiceText(trial.choice) === key)?.gain;
    const row: FixRow = { key, choice, title: fixTitle(choice, present), size: bytesText(bytes[index]), measured: gain ? measuredOf(gain) : null };
    return { row, divergence: gain?.helps ? gain.divergence.change : Number.POSITIVE_INFINITY };
  });
  if (rows.some(({ row }) => row.measured === null)) return rows.map(({ row }) => row);
  return rows.toSorted((a, b) => (a.divergence === b.divergence ? 0 : a.divergence - b.divergence)).map(({ row }) => row);
}

/** "Fixes tried on 1,000 training images" */
export function fixesTitle(tried: TriedFixes | undefined, fixes: number): string {
  if (!tried) return fixes === 1 ? 'One fix to try' : `${fixes} fixes to try`;
  const images = `${formats.count(tried.samples)} ${tried.split === 'train' ? 'training' : 'test'} images`;
  const measure = tried.measure === 'agreement' ? ', by agreement with FP32' : '';
  return tried.isRunning ? `Trying on ${images}: ${tried.trials.length} of ${fixes}` : `Fixes tried on ${images}${measure}`;
}
