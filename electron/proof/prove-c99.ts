import { StudioError } from '../../core/base/errors.ts';
import type { ProofMachine } from '../../core/export/exporter.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import type { ExportResult } from '../../core/export/result.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { checkProgram } from '../../core/runtime/check-program.ts';
import { compileC } from '../host/compile-c.ts';
import type { ProofRequest, ProofThread } from '../host/provers.ts';

function sampleReader(bytes: Uint8Array, count: number, size: number): (index: number) => Float32Array {
  if (bytes.byteLength !== 4 * count * size) throw new StudioError(`The samples are ${bytes.byteLength} bytes, not those of ${count} of ${size} numbers.`);
  const numbers = new Float32Array(bytes.slice().buffer);
  return (index) => numbers.subarray(index * size, (index + 1) * size);
}

/**
 * Reads the packed network, which it trusts with nothing, writes it as C99 and proves that as the command line does. What is built
 * and run is C of this program's own making, from numbers and from names that consist of letters, digits and underscores by then.
 */
export async function proveC99(request: ProofRequest, context: Parameters<ProofThread['prove']>[1]): Promise<ExportResult> {
  const { compiler, packed, name, samples, count } = request;
  const file = `${name}.bitw`;
  const program = readPacked(packed, file);
  checkProgram(program.network, file);
  const { inputs, buffers } = program.network;
  const size = elementCount(buffers[inputs[0]].shape);
  // The thread ends with the proof, and what it has built must be gone by then.
  const removed: Promise<void>[] = [];
  const build: ProofMachine['compileC'] = async (files) => {
    const { run, close } = await compileC(compiler, files, context.signal);
    return { run, close: () => void removed.push(close()) };
  };
  try {
    return await exportProgram(
      program,
      { target: 'c99', name, data: null, preprocess: 'raw', proofSamples: count, ...(samples ? { samples: sampleReader(samples, count, size) } : {}) },
      context,
      { compileC: build, openOnnx: null },
    );
  } finally {
    await Promise.all(removed);
  }
}
