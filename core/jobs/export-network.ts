import { createBreather } from '../base/breathe.ts';
import { StudioError } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import { EXPORTERS } from '../export/index.ts';
import { packedLayout } from '../export/packed/layout.ts';
import type { Exporter, ExportFile, ProofMachine } from '../export/exporter.ts';
import { isExporterId, TARGETS } from '../export/targets.ts';
import { prove, proveByRuntime, type Proof, type ProofRun } from '../export/prove.ts';
import { elementCount } from '../graph/graph.ts';
import { deploy } from '../runtime/deploy.ts';
import type { Program } from '../runtime/program.ts';
import { sampleReader } from './batches.ts';
import { evaluateProgram } from './evaluate.ts';
import type { ExportResult, Jobs, ProofRow } from './contract.ts';

/** Noise stands in where there is no data set: it proves the arithmetic, and no accuracy is reported for it. */
function noiseReader(program: Program): (index: number) => Float32Array {
  const size = elementCount(program.network.buffers[program.network.inputs[0]].shape);
  return (index) => {
    const random = createRandom(index + 1);
    return Float32Array.from({ length: size }, () => random.normal());
  };
}

/** Writes a program for a target, opens the bytes again and compares the two, layer by layer. */
export async function exportProgram(
  program: Program,
  arg: Pick<Parameters<Jobs['exportNetwork']>[0], 'target' | 'name' | 'data' | 'preprocess' | 'proofSamples'>,
  { signal, report }: Pick<Parameters<Jobs['exportNetwork']>[1], 'signal' | 'report'>,
  machine: ProofMachine = NO_PROOF_MACHINE,
): Promise<ExportResult> {
  const { target, name, data, preprocess } = arg;
  if (!isExporterId(target)) {
    throw new StudioError(`There is no export target "${target}".`, { next: `Choose one of ${Object.keys(TARGETS).join(', ')}.` });
  }
  const exporter: Exporter = EXPORTERS[target];
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
    samples: data ? sampleReader(data, 'test', preprocess) : noiseReader(program),
    count: total,
    onRow: (row) => report({ done, total, row: withBytes(row) }),
    breathe: async (finished) => {
      done = finished;
      if (finished % 8 === 0) report({ done, total });
      await breathe();
    },
  };
  const { proof, accuracy } = await proofOf(exporter, files, program, run, machine, async (written) =>
    data?.test.labels ? (await evaluateProgram(written, { data, preprocess, offset: 0, limit: data.test.count }, { signal, report: () => {} })).accuracy : null,
  );
  const rows = proof.rows.map(withBytes);
  const sameSize = target !== 'bitw' || files[0].bytes.length === layout.totalBytes;
  return {
    files,
    weightBytes: files[0].bytes.length,
    headerBytes: layout.headerBytes,
    findings: findings.filter(({ severity }) => severity === 'lowered').map(({ message }) => message),
    proof: {
      equal: sameAnswers(exporter, proof) && rows.every((row) => row.weightsEqual !== false && row.differences === 0) && sameSize,
      samples: proof.samples,
      rows,
      answersEqual: proof.answersEqual,
      ties: proof.ties,
      accuracy,
      reader: exporter.reader.label,
    },
  };
}

/** Every answer, or where the target allows ties nearly every one and ties for the rest; of few samples a single one may be. */
function sameAnswers({ reader }: Exporter, { answersEqual, ties, samples }: Proof): boolean {
  const least = reader.kind === 'runtime' ? (reader.agreement?.least ?? 1) : 1;
  return answersEqual + ties === samples && (ties === 0 || ties <= Math.max(1, (1 - least) * samples));
}

/** Without another runtime on this machine nothing can be proved, and so nothing is claimed. */
const NO_PROOF_MACHINE: ProofMachine = { compileC: null, openOnnx: null, openTflite: null };

async function proofOf(
  { reader }: Exporter,
  files: readonly ExportFile[],
  program: Program,
  run: ProofRun,
  machine: ProofMachine,
  accuracyOf: (written: Program) => Promise<number | null>,
): Promise<{ readonly proof: Proof; readonly accuracy: number | null }> {
  if (reader.kind === 'program') {
    const written = reader.read(files);
    return { proof: await prove(program, written, run), accuracy: await accuracyOf(written) };
  }
  if (run.count === 0) return { proof: { rows: [], answersEqual: 0, ties: 0, samples: 0 }, accuracy: null };
  const opened = await reader.open(files, program, machine);
  try {
    return { proof: await proveByRuntime(program, opened, reader, run), accuracy: null };
  } finally {
    opened.close();
  }
}

export const exportNetwork = (arg: Parameters<Jobs['exportNetwork']>[0], context: Parameters<Jobs['exportNetwork']>[1], machine?: ProofMachine): Promise<ExportResult> => exportProgram(deploy(arg.state), arg, context, machine);
