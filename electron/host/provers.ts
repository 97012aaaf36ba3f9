import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import type { HostServices } from '../../core/host/contract.ts';
import type { ExportResult } from '../../core/export/result.ts';
import { openConnection } from '../../core/rpc/connect.ts';
import { findCompiler } from './compile-c.ts';
import { threadPipe } from './thread-pipe.ts';

type Context = Parameters<HostServices['proveC99']>[1];

/** What the thread is given: bytes of a packed network, and samples as bytes of float32. */
export interface ProofRequest {
  readonly compiler: string;
  readonly packed: Uint8Array;
  readonly name: string;
  readonly samples: Uint8Array | null;
  readonly count: number;
}

/** A type alias, as ServiceTable asks for. */
export type ProofThread = {
  readonly prove: (arg: ProofRequest, context: Context) => Promise<ExportResult>;
};

export interface Provers {
  compilerName(): Promise<string | null>;
  prove(request: Omit<ProofRequest, 'compiler'>, context: Context): Promise<ExportResult>;
}

/** Of JavaScript's own heap. How much the values of a network may take, `checkProgram` limits. */
const HEAP_MIB = 4096;
const NO_COMPILER = 'There is no C compiler on this computer (cc, gcc or clang on the search path), and C is proved by compiling it.';

/** Proofs in threads of their own, one at a time: a compiler and a program keep a processor busy. */
export function createProvers(script: string | null): Provers {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async compilerName() {
      const compiler = script === null ? null : await findCompiler();
      return compiler === null ? null : basename(compiler).replace(/\.exe$/i, '');
    },
    async prove(request, context) {
      const compiler = script === null ? null : await findCompiler();
      if (script === null || compiler === null) throw new StudioError(NO_COMPILER, { next: 'Install one, or export on a computer that has it.' });
      const turn = last;
      const own = turn.then(() => (context.signal.aborted ? Promise.reject(new CancelledError()) : proveInThread(script, { ...request, compiler }, context)));
      last = own.catch(() => undefined);
      return own;
    },
  };
}

async function proveInThread(script: string, request: ProofRequest, { signal, report }: Context): Promise<ExportResult> {
  const thread = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB } });
  const { client, close } = openConnection<ProofThread>(threadPipe(thread));
  // Out of memory, above all.
  thread.once('error', (error) => close(`The proof ended early: ${error.message}`));
  try {
    return await client.prove(request, { signal, onProgress: report });
  } finally {
    close('The proof has ended.');
    // Cancelled, it has 2 s to end compiler and program; then there are none left that it could leave behind.
    await thread.terminate();
  }
}
