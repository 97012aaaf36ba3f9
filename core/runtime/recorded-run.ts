import type { KernelEngine } from '../kernels/load.ts';
import { createEngine } from '../kernels/load.ts';
import { bufferBytes } from './memory-plan.ts';
import type { Program } from './program.ts';
import { createRuntime, type Runtime } from './run.ts';
import { remainderOf, sharedWith } from './shared-steps.ts';

type Stored = Float32Array | Int8Array | Uint8Array;

/** Most memory that the kept values of one run over its samples may take. */
const KEPT_BYTES = 192e6;

/**
 * A network's values over a fixed list of samples, so that networks that differ from it only further on need not compute
 * them again. What does not fit into memory is computed again: smaller values are kept first, which are the later ones.
 */
export class RecordedRun {
  readonly program: Program;
  readonly samples: readonly Float32Array[];
  private readonly runtime: Runtime;
  private readonly kept = new Map<number, Stored[]>();
  private current = -1;

  private constructor(program: Program, samples: readonly Float32Array[], keptBytes: number) {
    this.program = program;
    this.samples = samples;
    this.runtime = createRuntime(program, createEngine({ variant: 'wasm' }));
    const { buffers, steps } = program.network;
    const written = new Set(steps.map((step) => step.output));
    let room = keptBytes;
    const bySize = [...written].toSorted((a, b) => bufferBytes(buffers[a]) - bufferBytes(buffers[b]) || b - a);
    for (const buffer of bySize) {
      room -= bufferBytes(buffers[buffer]) * samples.length;
      if (room >= 0) this.kept.set(buffer, []);
    }
  }

  static async over(program: Program, samples: readonly Float32Array[], breathe: () => Promise<void>, keptBytes = KEPT_BYTES): Promise<RecordedRun> {
    const run = new RecordedRun(program, samples, keptBytes);
    for (let sample = 0; sample < samples.length; sample++) {
      run.record(sample);
      await breathe();
    }
    return run;
  }

  /** The same at once, for few samples. */
  static at(program: Program, samples: readonly Float32Array[]): RecordedRun {
    const run = new RecordedRun(program, samples, KEPT_BYTES);
    samples.forEach((_, sample) => run.record(sample));
    return run;
  }

  private record(sample: number): void {
    this.compute(sample);
    for (const [buffer, values] of this.kept) values.push(this.runtime.read(buffer).slice());
  }

  private compute(sample: number): void {
    if (this.current === sample) return;
    this.runtime.run(this.samples[sample]);
    this.current = sample;
  }

  has(buffer: number): boolean {
    return this.kept.has(buffer);
  }

  /** A value at a sample: kept, or computed again. */
  read(buffer: number, sample: number): Stored {
    if (this.program.network.inputs[0] === buffer) return this.samples[sample];
    const known = this.kept.get(buffer)?.[sample];
    if (known) return known;
    this.compute(sample);
    return this.runtime.read(buffer);
  }
}

/** A network over the samples of a recorded run, computed from the first step that differs. */
export interface Continuation {
  /** Steps that are computed for each sample. */
  readonly steps: number;
  /** The network's result before a final softmax; a view that the next call overwrites. */
  run(sample: number): Float32Array;
  /** A value that the last run computed or took from the recording. */
  read(buffer: number): Stored;
}

/** The same numbers as a whole run, bit for bit: what is shared was computed by the same kernels from the same bytes. */
export function continueFrom(recorded: RecordedRun, program: Program, engine: KernelEngine): Continuation {
  const { buffers } = sharedWith(recorded.program, program);
  const isKnown = (buffer: number): boolean => {
    const same = buffers[buffer];
    return same !== null && (recorded.has(same) || recorded.program.network.inputs.includes(same));
  };
  const { steps, cut, logits } = remainderOf(program.network, isKnown);
  const part: Program = {
    network: { ...program.network, steps: steps.map((index) => program.network.steps[index]) },
    parameters: steps.map((index) => program.parameters[index]),
  };
  const runtime = createRuntime(part, engine, { keep: 'all' });
  const sources = cut.map((buffer) => ({ buffer, from: buffers[buffer] ?? program.network.inputs[0] }));
  const used = new Set(part.network.steps.flatMap((step) => [...step.inputs, step.output]));
  const targets = sources.map(({ buffer, from }) => ({ from, view: used.has(buffer) ? runtime.read(buffer) : null }));
  const computed = used.has(logits) ? (runtime.read(logits) as Float32Array) : null;
  let current = 0;
  const take = (buffer: number): Stored => recorded.read(buffers[buffer] ?? -1, current);
  return {
    steps: steps.length,
    run: (sample) => {
      current = sample;
      for (const { from, view } of targets) view?.set(recorded.read(from, sample));
      for (let step = 0; step < steps.length; step++) runtime.execute(step);
      return computed ?? (take(logits) as Float32Array);
    },
    read: (buffer) => (used.has(buffer) ? runtime.read(buffer) : take(buffer)),
  };
}
