import { createEngine } from '../kernels/load.ts';
import type { SpawnThread } from '../kernels/team.ts';
import { createThreadedEngine } from '../kernels/threads.ts';
import type { Program } from '../runtime/program.ts';
import { createRuntime } from '../runtime/run.ts';
import { interleave, spreadOf, type InterleaveOptions, type Spread } from './interleave.ts';

/** A network on several threads beside the same on one. */
export interface ThreadsMeasurement {
  /** As many as the machine gave. */
  readonly threads: number;
  /** Milliseconds an inference. */
  readonly one: Spread;
  readonly many: Spread;
  /** One ÷ many, per round. */
  readonly ratio: Spread;
  readonly rounds: number;
}

export async function measureThreads(
  program: Program,
  sample: Float32Array,
  threads: number,
  spawn: SpawnThread,
  options: InterleaveOptions,
): Promise<ThreadsMeasurement> {
  const team = await createThreadedEngine({ threads, spawn });
  try {
    const [one, many] = [createEngine({ variant: 'wasm' }), team].map((engine) => createRuntime(program, engine, { keep: 'outputs' }));
    const { milliseconds, rounds } = await interleave([one, many].map((runtime) => ({ run: () => void runtime.run(sample) })), options);
    const [single, divided] = milliseconds;
    return { threads: team.threads, one: spreadOf(single), many: spreadOf(divided), ratio: spreadOf(single.map((value, i) => value / divided[i])), rounds };
  } finally {
    team.dispose();
  }
}
