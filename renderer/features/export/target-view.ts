import { join, type Formats } from '../../../core/base/format.ts';
import type { TargetCheck } from '../../../core/export/result.ts';
import type { ExportResult } from '../../../core/jobs/contract.ts';

export interface TargetLine {
  readonly tone: 'fits' | 'lowered' | 'refused' | 'waiting';
  readonly text: string;
  /** What of the answers is kept: promised, or measured where the target was proved. */
  readonly points: string;
  /** All sentences, for those who want to read them. */
  readonly details: readonly string[];
}

const WAITING: TargetLine = { tone: 'waiting', text: 'Being checked', points: '', details: [] };

export function notChecked(reason: string): TargetLine {
  return { ...WAITING, text: `Not checked: ${reason}` };
}

/** Points that the written file lost or won among the proved pictures. */
function measured({ right, samples, answersEqual, ties }: ExportResult['proof'], formats: Formats): string {
  if (samples === 0) return 'No answers in it';
  if (answersEqual === samples) return `Proved: all ${formats.count(samples)} answers the same, 0 points lost`;
  const change = right ? `, ${formats.signed((100 * (right.written - right.shown)) / samples, 1)} points` : '';
  return `Proved: ${formats.count(answersEqual)} of ${formats.count(samples)} answers the same, ${formats.count(ties)} tie${change}`;
}

/** It tells of a network and holds none of its layers. */
function isDocument({ layerBytes, files }: TargetCheck): boolean {
  return files.length > 0 && Object.values(layerBytes).every((bytes) => bytes === 0);
}

function promised(check: TargetCheck, formats: Formats): string {
  const { promised: share } = check;
  if (isDocument(check)) return '';
  if (share === 1) return 'The same answers: 0 points';
  return `At least ${formats.percent(share, share > 0.99 ? 1 : 0)} of the answers the same; the proof measures the points`;
}

function inShort(details: readonly string[]): string {
  return details.length > 1 ? `${details.length} layers in another form` : (details[0] ?? '').replace(/\.$/, '');
}

/** What a target makes of the plan, in a line. `lowers`: the words of the target, known before it was checked. */
export function targetLine(check: TargetCheck | null, proof: ExportResult['proof'] | null, packedBytes: number, lowers: string | null, formats: Formats): TargetLine {
  if (!check) return lowers === null ? WAITING : { ...WAITING, tone: 'lowered', text: lowers };
  const refused = check.findings.find(({ severity }) => severity === 'refused');
  if (refused) return { tone: 'refused', text: refused.message, points: '', details: [] };
  const points = proof ? measured(proof, formats) : promised(check, formats);
  const details = check.findings.map(({ message }) => message);
  // What a device holds of a source is not the length of its text.
  const more = (check.device ? check.device.codeBytes + check.device.constantBytes : check.networkBytes) - packedBytes;
  // Half a percent is names and headers, which every format has its own of.
  const cost = more > 0.005 * packedBytes && !isDocument(check) ? `+${join(formats.size(more))} against packed${check.device ? ', code included' : ''}` : '';
  const text = [lowers ?? inShort(details), cost].filter(Boolean).join('; ');
  if (text !== '') return { tone: details.length > 0 || lowers !== null ? 'lowered' : 'fits', text, points, details };
  return { tone: 'fits', text: isDocument(check) ? 'Nothing to lower' : 'Every layer as measured here', points, details };
}
