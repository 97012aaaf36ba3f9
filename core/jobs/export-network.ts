import { createBreather } from '../base/breathe.ts';
import { StudioError } from '../base/errors.ts';
import { exporterOf } from '../export/index.ts';
import { packedLayout } from '../export/packed/layout.ts';
import type { ExportContext } from '../export/context.ts';
import type { Exporter, ExportFile, ProofMachine } from '../export/exporter.ts';
import { isExporterId, TARGETS } from '../export/targets.ts';
import { prove, proveByRuntime, proveDocument, type Proof, type ProofRun } from '../export/prove.ts';
import { contextOf, samplesOf } from './export-context.ts';
import { deploy } from '../runtime/deploy.ts';
import type { Program } from '../runtime/program.ts';
import { evaluateProgram } from './evaluate.ts';
import type { ExportResult, Jobs, ProofRow } from './contract.ts';

/** Writes a program for a target, opens the bytes again and compares the two, layer by layer; on `samples`, if any, else on the data. */
export async function exportProgram(
  program: Program,
  arg: Pick<Parameters<Jobs['exportNetwork']>[0], 'target' | 'name' | 'data' | 'preprocess' | 'proofSamples'> & { readonly samples?: ProofRun['samples'] },
  { signal, report }: Pick<Parameters<Jobs['exportNetwork']>[1], 'signal' | 'report'>,
  machine: ProofMachine = NO_PROOF_MACHINE,
  context: (() => ExportContext) | null = null,
): Promise<ExportResult> {
  const { target, name, data, preprocess } = arg;
  if (!isExporterId(target)) {
    throw new StudioError(`There is no export target "${target}".`, { next: `Choose one of ${Object.keys(TARGETS).join(', ')}.` });
  }
  const exporter = exporterOf(target, context);
  const findings = await exporter.supports(program);
  const refused = findings.find((finding) => finding.severity === 'refused');
  if (refused) throw new StudioError(refused.message, { where: refused.layer ?? name });
  const missing = arg.proofSamples > 0 && exporter.reader.kind === 'runtime' ? exporter.reader.missing(machine) : null;
  if (missing !== null) throw new StudioError(missing, { next: 'Export without a proof, or prove on a machine that has it.' });
  const files = await exporter.write(program, name);
  const layout = packedLayout(program.network);
  const breathe = createBreather(signal);
  const total = data ? Math.min(arg.proofSamples, data.test.count) : arg.proofSamples;
  const bytesOf = (await exporter.bytesOf?.(program)) ?? ((node: string) => layout.nodes[node] ?? 0);
  const withBytes = (row: Omit<ProofRow, 'bytes'>): ProofRow => ({ ...row, bytes: bytesOf(row.layer) });
  let done = 0;
  const run: ProofRun = {
    samples: arg.samples ?? samplesOf(program, data, preprocess),
    count: total,
    labels: arg.samples ? null : (data?.test.labels ?? null),
    onRow: (row) => report({ done, total, row: withBytes(row) }),
    breathe: async (finished) => {
      done = finished;
      if (finished % 8 === 0) report({ done, total });
      await breathe();
    },
  };
  const { proof, accuracy, reader } = await proofOf(exporter, files, program, run, machine, async (written) =>
    data?.test.labels ? (await evaluateProgram(written, { data, preprocess, offset: 0, limit: data.test.count }, { signal, report: () => {} })).accuracy : null,
  );
  const rows = proof.rows.map(withBytes);
  const sameSize = target !== 'bitw' || files[0].bytes.length === layout.totalBytes;
  return {
    files,
    weightBytes: exporter.fileBytes?.(files) ?? files[0].bytes.length,
    headerBytes: layout.headerBytes,
    findings: findings.filter(({ severity }) => severity === 'lowered').map(({ message }) => message),
    proof: {
      equal: sameAnswers(exporter, proof) && rows.every((row) => row.weightsEqual !== false && row.differences === 0) && sameSize,
      samples: proof.samples,
      rows,
      answersEqual: proof.answersEqual,
      ties: proof.ties,
      accuracy,
      right: proof.samples > 0 ? proof.right : null,
      reader,
    },
  };
}

/** Every answer, or where the target allows ties nearly every one and ties for the rest; of few samples a single one may be. */
function sameAnswers({ reader }: Exporter, { answersEqual, ties, samples }: Proof): boolean {
  const least = reader.kind === 'runtime' ? (reader.agreement?.least ?? 1) : 1;
  return answersEqual + ties === samples && (ties === 0 || ties <= Math.max(1, (1 - least) * samples));
}

/** Without another runtime on this machine nothing can be proved, and so nothing is claimed. */
const NO_PROOF_MACHINE: ProofMachine = {};

async function proofOf(
  { reader }: Exporter,
  files: readonly ExportFile[],
  program: Program,
  run: ProofRun,
  machine: ProofMachine,
  accuracyOf: (written: Program) => Promise<number | null>,
): Promise<{ readonly proof: Proof; readonly accuracy: number | null; readonly reader: string }> {
  const { label } = reader;
  if (reader.kind === 'document') return { proof: proveDocument(program, reader.check(files, program), run.onRow), accuracy: null, reader: label };
  if (reader.kind === 'program') {
    const written = await reader.read(files);
    return { proof: await prove(program, written, run), accuracy: await accuracyOf(written), reader: label };
  }
  if (run.count === 0) return { proof: { rows: [], answersEqual: 0, ties: 0, samples: 0, right: null }, accuracy: null, reader: label };
  const opened = await reader.open(files, program, machine);
  try {
    return { proof: await proveByRuntime(program, opened, reader, run), accuracy: null, reader: opened.label ?? label };
  } finally {
    opened.close();
  }
}

export async function exportNetwork(arg: Parameters<Jobs['exportNetwork']>[0], progress: Parameters<Jobs['exportNetwork']>[1], machine?: ProofMachine): Promise<ExportResult> {
  const program = deploy(arg.state);
  return exportProgram(program, arg, progress, machine, () => contextOf(program, arg, progress));
}
