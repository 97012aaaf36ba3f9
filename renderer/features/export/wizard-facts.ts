import type { ArenaUse, TargetCheck } from '../../../core/export/result.ts';
import type { ExporterId } from '../../../core/export/targets.ts';
import { checksKey, extrasKey, proofKey, type ExportingState, type ExportProof, type WrittenPackage } from '../../state/exporting.ts';
import { commandLine, needsVariantFile, packageName, planFile } from '../../state/package-contents.ts';
import { sizeOf, type ActiveNetwork } from '../../state/select/network.ts';
import { byteShares, targetShares, type ByteShares } from './export-view.ts';
import { needOf, type Need } from './fit-view.ts';
import type { PackageFileLine } from './package-side.tsx';

/** What the steps of the wizard share. */
export interface WizardFacts {
  readonly name: string;
  /** Null where it is of another network or target. */
  readonly proof: ExportProof | null;
  readonly written: WrittenPackage | null;
  readonly checks: Readonly<Partial<Record<ExporterId, TargetCheck>>>;
  /** Why targets are not checked, or null. */
  readonly problem: string | null;
  /** Of the chosen target; null while it is being checked. */
  readonly check: TargetCheck | null;
  readonly arena: ArenaUse | null;
  readonly need: Need;
  /** Bytes of the packed file, and of the target's own. */
  readonly packed: ByteShares;
  readonly shares: ByteShares;
  /** The bytes are those of the packed file: the target's own are not known, or are those of a document. */
  readonly ofPacked: boolean;
  readonly files: readonly PackageFileLine[];
  readonly knownBytes: number;
  /** What the files beside the target's are made for. */
  readonly extrasFor: string;
  readonly command: string;
}

/** Documents hold no layer, and a source is longer than what is built of it: there the bytes of the packed file say more. */
function holdsLayers({ layerBytes, device }: TargetCheck): boolean {
  return device === null && Object.values(layerBytes).some((bytes) => bytes > 0);
}

export function wizardFacts(network: ActiveNetwork, state: ExportingState, dataFormat: string | null): WizardFacts {
  const name = state.name ?? packageName(network);
  const key = proofKey(network.key, name, state.target);
  const proof = state.proof?.key === key ? state.proof : null;
  const written = state.written?.key === key ? state.written : null;
  const { checks, arena, problem } = state.checks?.key === checksKey(network.key, name) ? state.checks : { checks: {}, arena: null, problem: null };
  const check = checks[state.target] ?? null;
  const packed = byteShares(network, sizeOf(network.graph, network.plan));
  const extrasFor = extrasKey(key, state);
  const extras = (state.extras?.key === extrasFor ? state.extras.files : null) ?? [];
  const files: readonly PackageFileLine[] = [
    ...(check?.files ?? []),
    { path: `${name}.plan.json`, bytes: planFile(network, name).bytes.length },
    ...(needsVariantFile(network, dataFormat) ? [{ path: `${name}.bitvar`, bytes: written?.files.find((file) => file.path.endsWith('.bitvar'))?.sizeBytes ?? null }] : []),
    ...extras.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
  ];
  return {
    name,
    proof,
    written,
    checks,
    problem,
    check,
    arena,
    need: needOf(check && (check.device || holdsLayers(check)) ? check : null, packed.totalBytes),
    packed,
    shares: check && holdsLayers(check) ? targetShares(network, check) : packed,
    ofPacked: check === null || !holdsLayers(check),
    files,
    knownBytes: files.reduce((sum, file) => sum + (file.bytes ?? 0), 0),
    extrasFor,
    command: commandLine(network, name, state.target, dataFormat, state.contents),
  };
}
