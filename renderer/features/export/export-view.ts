import type { Formats } from '../../../core/base/format.ts';
import { join } from '../../../core/base/format.ts';
import { layersOf } from '../../../core/graph/graph.ts';
import { SCHEME_IDS } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { PackedLayout } from '../../../core/export/packed/layout.ts';
import type { TargetCheck } from '../../../core/export/result.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { EXPORT_STEPS, type ExportProof, type ExportStep, type WrittenPackage } from '../../state/exporting.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';

export interface PrecisionBytes {
  readonly scheme: SchemeId;
  readonly layers: number;
  readonly bytes: number;
}

export interface ByteShares {
  /** In the order of the graph. */
  readonly layers: readonly { readonly layer: string; readonly scheme: SchemeId; readonly bytes: number }[];
  readonly precisions: readonly PrecisionBytes[];
  /** Header, checksum and what belongs to no layer. */
  readonly restBytes: number;
  readonly totalBytes: number;
}

/** Where the bytes of the packed file go; the parts sum to the file exactly. */
export function byteShares(network: Pick<ActiveNetwork, 'graph' | 'plan'>, layout: PackedLayout): ByteShares {
  return sharesOf(layersOf(network.graph).map((layer) => ({ layer: layer.id, scheme: schemeOf(network.plan, layer.id), bytes: layout.nodes[layer.id] ?? 0 })), layout.totalBytes);
}

/** The same of the file or files that hold the network for a target. */
export function targetShares(network: Pick<ActiveNetwork, 'graph' | 'plan'>, { layerBytes, networkBytes }: Pick<TargetCheck, 'layerBytes' | 'networkBytes'>): ByteShares {
  return sharesOf(layersOf(network.graph).map((layer) => ({ layer: layer.id, scheme: schemeOf(network.plan, layer.id), bytes: layerBytes[layer.id] ?? 0 })), networkBytes);
}

function sharesOf(layers: ByteShares['layers'], totalBytes: number): ByteShares {
  const precisions = SCHEME_IDS.map((scheme) => {
    const own = layers.filter((layer) => layer.scheme === scheme);
    return { scheme, layers: own.length, bytes: own.reduce((sum, layer) => sum + layer.bytes, 0) };
  }).filter((row) => row.layers > 0);
  const inLayers = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return { layers, precisions, restBytes: totalBytes - inLayers, totalBytes };
}

export interface StepLine {
  readonly id: ExportStep;
  readonly name: string;
  readonly detail: string;
  readonly done: boolean;
  /** Why it cannot be opened yet, or null. */
  readonly blocked: string | null;
}

export interface StepFacts {
  readonly targetName: string;
  readonly fits: number;
  readonly boards: number;
  /** Whether RAM and code are counted. */
  readonly whole: boolean;
  readonly files: number;
  readonly bytes: number;
  readonly layers: number;
  readonly proof: ExportProof | null;
  readonly written: WrittenPackage | null;
  readonly nowMs: number;
  readonly step: ExportStep;
}

export function stepLines(facts: StepFacts, formats: Formats): readonly StepLine[] {
  const { proof, written } = facts;
  const proved = proof?.result?.proof.equal === true;
  const passed = (id: ExportStep) => EXPORT_STEPS.indexOf(id) < EXPORT_STEPS.indexOf(facts.step);
  const line = (id: ExportStep, name: string, detail: string, done: boolean, blocked: string | null = null): StepLine => ({ id, name, detail, done, blocked });
  return [
    line('target', 'Target', facts.targetName, passed('target')),
    line('fit', 'Fit', `${facts.whole ? 'Fits' : 'Network fits'} ${facts.fits} of ${facts.boards} boards`, passed('fit')),
    line('contents', 'Contents', `${facts.files} file${facts.files === 1 ? '' : 's'}, ${join(formats.size(facts.bytes))}`, passed('contents')),
    line('proof', 'Proof', proofDetail(facts, formats), proved),
    line('package', 'Package', written ? `Written to ${written.folder}` : 'Not written yet', written !== null, packageBlocked(proof, facts.layers)),
  ];
}

/** Present tense, as the disabled control says it. */
export function packageBlocked(proof: ExportProof | null, layers: number): string | null {
  if (proof?.result?.proof.equal) return null;
  if (proof?.result) return 'The written file differs from the network on screen';
  if (proof?.state === 'elsewhere') return 'This target is written on the command line';
  return layers === 1 ? 'Opens when the layer is equal' : `Opens when all ${layers} layers are equal`;
}

function proofDetail({ proof, layers, nowMs }: StepFacts, formats: Formats): string {
  if (!proof) return 'Not run yet';
  if (proof.state === 'cancelled') return 'Cancelled';
  if (proof.state === 'failed') return 'Failed';
  if (proof.state === 'elsewhere') return 'On the command line';
  if (proof.state === 'running') return proof.total === 0 ? 'Writing and reading back' : `${formats.count(proof.done)} of ${formats.count(proof.total)} pictures${timeLeft(proof, nowMs, formats)}`;
  const equal = proof.rows.filter(rowEqual).length;
  return `${equal} of ${layers} layers equal`;
}

export function timeLeft(proof: ExportProof, nowMs: number, formats: Formats): string {
  const share = proof.total === 0 ? 0 : proof.done / proof.total;
  const spent = (nowMs - proof.startedAtMs) / 1000;
  return share > 0 && share < 1 && spent > 0.5 ? `, ${formats.timeLeft((spent * (1 - share)) / share, share)} left` : '';
}

export function rowEqual(row: { readonly weightsEqual: boolean | null; readonly differences: number }): boolean {
  return row.weightsEqual !== false && row.differences === 0;
}

/** What a layer deviates in another runtime. */
export function deviationText(share: number, formats: Formats): string {
  return share < 1e-4 ? `less than ${formats.percent(1e-4, 2)}` : formats.percent(share, 2);
}

export interface Check {
  readonly label: string;
  readonly value: string;
  readonly holds: boolean;
}

/** What must hold before anything is written. `shownBytes`: of the packed file those of the meter, else those of the target; null: none were shown. */
export function proofChecks(proof: ExportProof, shownBytes: number | null, images: number, formats: Formats): readonly Check[] {
  const { result } = proof;
  if (!result) return [];
  const of = (part: number, whole: number) => `${formats.count(part)} of ${formats.count(whole)}`;
  const equal = result.proof.rows.filter(rowEqual).length;
  const { samples, answersEqual, ties } = result.proof;
  const bytes = shownBytes === null ? [] : [{ label: 'Bytes of the network as shown before', value: of(result.weightBytes, shownBytes), holds: result.weightBytes === shownBytes }];
  const layers = samples > 0 ? 'Layers equal, weights and every output' : 'Layers whose statements agree';
  const answers = samples > 0 ? [{ label: `Same answers${ties > 0 ? ' or ties' : ''}, ${formats.count(samples)} pictures`, value: of(answersEqual + ties, samples), holds: answersEqual + ties === samples }] : [];
  const checks: Check[] = [
    ...bytes,
    { label: layers, value: of(equal, result.proof.rows.length), holds: equal === result.proof.rows.length },
    ...answers,
  ];
  const { accuracy, right } = result.proof;
  if (right && answersEqual < samples) checks.push({ label: 'Right answers, on screen and written', value: `${formats.count(right.shown)} and ${formats.count(right.written)}`, holds: true });
  if (accuracy !== null) checks.push({ label: `Accuracy of the written file, ${formats.count(images)} pictures`, value: formats.percent(accuracy, 1), holds: true });
  return checks;
}

