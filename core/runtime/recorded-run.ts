import type { KernelEngine } from '../kernels/load.ts';
import { createEngine } from '../kernels/load.ts';
import { bufferBytes } from './memory-plan.ts';
import type { Program, Stored } from './program.ts';
import { createRuntime, type Runtime } from './run.ts';
import { remainderOf, sharedWith } from './shared-steps.ts';

/** Most memory that the kept values of one run over its samples may take. */
const KEPT_BYTES = 192e6;

/** Preprocessed samples by their number. */
export interface SampleSource {
  readonly count: number;
  /** May be a view that the next call overwrites. */
  at(index: number): Float32Array;
}

export function samplesIn(list: readonly Float32Array[]): SampleSource {
  return { count: list.length, at: (index) => list[index] };
}

export interface RecordingOptions {
  readonly keptBytes?: number;
  /** Recorded runs over the same samples, best first: what the first one that has a sample has in common with this one is taken over. */
  readonly near?: readonly RecordedRun[];
  /** Where the rest is computed, one for each of `near`: whoever hands them in uses them again when the recording is finished. */
  readonly engines?: readonly KernelEngine[];
}

/** What a recording takes over from another one. */
interface Beside {
  readonly near: RecordedRun;
  readonly rest: Continuation;
}

/**
 * A network's values over samples, so that networks that differ from it only further on need not compute them again. What does
 * not fit into memory is computed again: smaller values are kept first, which are the later ones.
 */
export class RecordedRun {
  readonly program: Program;
  readonly samples: SampleSource;
  private readonly kept = new Map<number, Stored[]>();
  private readonly recorded = new Set<number>();
  private beside: readonly Beside[];
  private whole: Runtime | null = null;
  private current = -1;

  /** Nothing is recorded yet: `record` does that, sample by sample. */
  constructor(program: Program, samples: SampleSource, { keptBytes = KEPT_BYTES, near = [], engines = [] }: RecordingOptions = {}) {
    this.program = program;
    this.samples = samples;
    this.beside = near.map((run, i) => ({ near: run, rest: continueFrom(run, program, engines[i] ?? createEngine({ variant: 'wasm' })) }));
    const { buffers, steps } = program.network;
    const written = new Set(steps.map((step) => step.output));
    const bySize = [...written].filter((buffer) => this.beside.every(({ rest }) => rest.isAtHand(buffer))).toSorted((a, b) => bufferBytes(buffers[a]) - bufferBytes(buffers[b]) || b - a);
    let room = keptBytes;
    for (const buffer of bySize) {
      room -= bufferBytes(buffers[buffer]) * samples.count;
      if (room >= 0) this.kept.set(buffer, []);
    }
  }

  static async over(program: Program, samples: SampleSource, breathe: () => Promise<void>, options: RecordingOptions = {}): Promise<RecordedRun> {
    const run = new RecordedRun(program, samples, options);
    for (let sample = 0; sample < samples.count; sample++) {
      run.record(sample);
      await breathe();
    }
    return run.finish();
  }

  /** Computes a sample and keeps its values. The network's result before a final softmax: a view that the next call overwrites. */
  record(sample: number): Float32Array {
    this.recorded.add(sample);
    const beside = this.beside.find(({ near }) => near.covers(sample));
    if (beside) {
      const { rest } = beside;
      const logits = rest.run(sample);
      for (const [buffer, values] of this.kept) values[sample] = rest.computes(buffer) ? rest.read(buffer).slice() : rest.read(buffer);
      return logits;
    }
    const runtime = this.compute(sample);
    for (const [buffer, values] of this.kept) values[sample] = runtime.read(buffer).slice();
    return runtime.logits;
  }

  /** Lets go of the runs that it was recorded beside, whose memory would stay otherwise. */
  finish(): this {
    this.beside = [];
    return this;
  }

  private compute(sample: number): Runtime {
    this.whole ??= createRuntime(this.program, createEngine({ variant: 'wasm' }));
    if (this.current !== sample) this.whole.run(this.samples.at(sample));
    this.current = sample;
    return this.whole;
  }

  /** Whether a sample was recorded. */
  covers(sample: number): boolean {
    return this.recorded.has(sample);
  }

  get coverage(): number {
    return this.recorded.size;
  }

  has(buffer: number): boolean {
    return this.kept.has(buffer);
  }

  /** A value at a sample: kept, or computed again. */
  read(buffer: number, sample: number): Stored {
    if (this.program.network.inputs[0] === buffer) return this.samples.at(sample);
    return this.kept.get(buffer)?.[sample] ?? this.compute(sample).read(buffer);
  }
}

/** A network over the samples of a recorded run, computed from the first step that differs. */
export interface Continuation {
  /** Steps that are computed for each sample. */
  readonly steps: number;
  /** The network's result before a final softmax; a view that the next call overwrites. */
  run(sample: number): Float32Array;
  /** A value that the last run computed, as a view that the next one overwrites, or took from the recording. */
  read(buffer: number): Stored;
  computes(buffer: number): boolean;
  /** Whether reading it costs nothing: it is computed, or kept in the recording. */
  isAtHand(buffer: number): boolean;
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
    computes: (buffer) => used.has(buffer),
    isAtHand: (buffer) => used.has(buffer) || isKnown(buffer),
  };
}
