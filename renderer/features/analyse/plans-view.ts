import { about, MISSING, type Formats, join } from '../../../core/base/format.ts';
import { layersOf, type Graph } from '../../../core/graph/graph.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { ScanState } from '../../state/analysing.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import type { PlanPoint } from '../../state/select/found-plans.ts';
import type { FrontPoint } from './front-layout.ts';

export interface PlanLine {
  readonly id: string;
  readonly name: string;
  readonly schemes: readonly SchemeId[];
  readonly size: string;
  readonly time: string;
  readonly accuracy: string;
  readonly measured: boolean;
  /** The budgets choose it. */
  readonly chosen: boolean;
  /** Keeps every budget that is set. */
  readonly fits: boolean;
  readonly spoken: string;
}

export function planLines(graph: Graph, points: readonly PlanPoint[], chosen: PlanPoint | null, budgets: Project['budgets'], formats: Formats): readonly PlanLine[] {
  return points.map((point) => {
    const { measured, accuracy } = point;
    const written = accuracy === null ? null : formats.accuracy(accuracy, measured?.interval ?? null);
    const accuracyText = written === null ? MISSING : measured ? `${written.value} ${written.spread}` : about(`${written.value}${written.spread}`);
    const name = point.uniform ?? 'Mixed';
    const size = join(formats.size(point.bytes));
    const time = point.milliseconds === null ? MISSING : about(join(formats.duration(point.milliseconds)));
    return {
      id: point.id,
      name,
      schemes: schemesOf(graph, point),
      size,
      time,
      accuracy: accuracyText,
      measured: measured !== null,
      chosen: point === chosen,
      fits: keeps(point, budgets),
      spoken: `${name}, ${size}, accuracy ${measured ? '' : 'about '}${written === null ? 'unknown' : `${written.value} percent`}`,
    };
  });
}

export function schemesOf(graph: Graph, { plan }: Pick<PlanPoint, 'plan'>): readonly SchemeId[] {
  return layersOf(graph).map(({ id }) => schemeOf(plan, id));
}

function keeps({ bytes, milliseconds, accuracy }: PlanPoint, budgets: Project['budgets']): boolean {
  const size = budgets.sizeBytes === undefined || bytes <= budgets.sizeBytes;
  const time = budgets.milliseconds === undefined || (milliseconds !== null && milliseconds <= budgets.milliseconds);
  return size && time && (budgets.accuracy === undefined || (accuracy !== null && accuracy >= budgets.accuracy));
}

/** Points of the chart; those without any accuracy or cost are left out. */
export function frontPoints(points: readonly PlanPoint[], over: 'bytes' | 'milliseconds'): readonly FrontPoint[] {
  return points.flatMap(({ id, bytes, milliseconds, accuracy, measured, uniform }) => {
    const x = over === 'bytes' ? bytes / 1000 : milliseconds;
    if (x === null || accuracy === null) return [];
    const interval = measured && { low: 100 * measured.interval.low, high: 100 * measured.interval.high };
    const letter = uniform === null ? null : (Object.values(SCHEMES).find(({ name }) => name === uniform)?.letter ?? null);
    return [{ id, x, y: 100 * accuracy, interval, letter }];
  });
}

/** What the shown plan is, in a line: "58.5 KB, 77.7 ±2.6 % of 1,000 images, ≈ 0.41 ms". */
export function planFacts(point: PlanPoint, formats: Formats): string {
  const parts = [join(formats.size(point.bytes))];
  if (point.measured) {
    const { value, spread } = formats.accuracy(point.measured.accuracy, point.measured.interval);
    parts.push(`${value} ${spread} of ${formats.count(point.measured.count)} images`);
  } else if (point.accuracy !== null) parts.push(`${about(formats.percent(point.accuracy, 1))}, not measured yet`);
  if (point.milliseconds !== null) parts.push(about(join(formats.duration(point.milliseconds))));
  return parts.join(', ');
}

export interface ScanText {
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
  readonly left: string;
}

/** How far a scan is, and what is left at the pace since it started. */
export function scanText(done: number, total: number, scan: ScanState | null, nowMs: number, formats: Formats): ScanText {
  const share = total > 0 ? done / total : 0;
  const text = `${formats.count(done)} of ${formats.count(total)} cells`;
  if (done >= total) return { share: 1, text: `${text}, complete`, left: '' };
  if (scan?.kind !== 'running') return { share, text: scan?.kind === 'stopped' ? `${text}, stopped` : text, left: '' };
  const measured = done - scan.doneAtStart;
  if (measured <= 0) return { share, text, left: 'starting' };
  const seconds = (((nowMs - scan.startedAtMs) / measured) * (total - done)) / 1000;
  return { share, text, left: `${formats.timeLeft(seconds, share)} left` };
}

/** Why there are no plans to look at yet, in words; null when there are. */
export function noPlansText(input: { readonly complete: boolean; readonly problem: string | null; readonly found: boolean; readonly nothingFits: boolean; readonly least: string }): string | null {
  if (input.problem !== null) return input.problem;
  if (!input.complete) return 'Plans are sought when every layer has been tried alone at every precision.';
  if (!input.found) return 'Looking for plans.';
  return input.nothingFits ? `No plan fits the budget: the most frugal one takes ${input.least}. Give a larger budget or unlock layers.` : null;
}
