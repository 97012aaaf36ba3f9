import { createBreather } from '../base/breathe.ts';
import { StudioError } from '../base/errors.ts';
import { createRandom } from '../base/random.ts';
import { EXPORTERS, isExporterId } from '../export/index.ts';
import { packedLayout } from '../export/packed/layout.ts';
import { prove } from '../export/prove.ts';
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

/** Writes a program for a target, reads the bytes back and compares the two, layer by layer. */
export async function exportProgram(
  program: Program,
  arg: Pick<Parameters<Jobs['exportNetwork']>[0], 'target' | 'name' | 'data' | 'preprocess' | 'proofSamples'>,
  { signal, report }: Pick<Parameters<Jobs['exportNetwork']>[1], 'signal' | 'report'>,
): Promise<ExportResult> {
  const { target, name, data, preprocess } = arg;
  if (!isExporterId(target)) {
    throw new StudioError(`There is no export target "${target}".`, { next: `Choose one of ${Object.keys(EXPORTERS).join(', ')}.` });
  }
  const exporter = EXPORTERS[target];
  const refused = exporter.supports(program).find((finding) => finding.severity === 'refused');
  if (refused) throw new StudioError(refused.message, { where: refused.layer ?? name });
  const file = exporter.write(program, name);
  const written = exporter.read(file);
  const layout = packedLayout(program.network);
  const breathe = createBreather(signal);
  const total = data ? Math.min(arg.proofSamples, data.test.count) : arg.proofSamples;
  const samples = data ? sampleReader(data, 'test', preprocess) : noiseReader(program);
  const withBytes = (row: Omit<ProofRow, 'bytes'>): ProofRow => ({ ...row, bytes: layout.nodes[row.layer] ?? 0 });
  let done = 0;
  const proof = await prove(
    program,
    written,
    samples,
    total,
    (row) => report({ done, total, row: withBytes(row) }),
    async (finished) => {
      done = finished;
      if (finished % 8 === 0) report({ done, total });
      await breathe();
    },
  );
  const rows = proof.rows.map(withBytes);
  const equal =
    proof.answersEqual === proof.samples &&
    rows.every((row) => row.weightsEqual && row.differences === 0) &&
    file.bytes.length === layout.totalBytes;
  const measured = data?.test.labels
    ? await evaluateProgram(written, { data, preprocess, offset: 0, limit: data.test.count }, { signal, report: () => {} })
    : null;
  return {
    files: [file],
    weightBytes: file.bytes.length,
    headerBytes: layout.headerBytes,
    proof: {
      equal,
      samples: proof.samples,
      rows,
      answersEqual: proof.answersEqual,
      accuracy: measured?.accuracy ?? null,
      reader: 'packed file reader, WebAssembly and reference kernels',
    },
  };
}

export const exportNetwork: Jobs['exportNetwork'] = (arg, context) => exportProgram(deploy(arg.state), arg, context);
