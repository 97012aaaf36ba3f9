import { StudioError } from '../base/errors.ts';
import type { ChosenLayer } from '../kernels/finish.ts';
import type { KernelEngine } from '../kernels/load.ts';
import { compile, type CompileOptions } from './compile.ts';
import { logitsOf } from './memory-plan.ts';
import type { Program } from './program.ts';

export interface Runtime {
  /** One sample, NHWC. The result is a view that the next call overwrites. */
  run(input: Float32Array): Float32Array;
  /** Samples one behind the other; their logits likewise into `logits`. */
  runMany(inputs: Float32Array, logits: Float32Array): void;
  /** The last result before a final softmax, where there is one: what divergences and answers are read from. */
  readonly logits: Float32Array;
  /** Runs with a clock around every step; adds milliseconds to `totals`. */
  runTimed(input: Float32Array, totals: Float64Array): Float32Array;
  /** Runs one step on what the buffers hold; only where all buffers are kept. */
  execute(step: number): void;
  /** A view of a buffer as the last call left it: float32, int8 or packed signs. Only of buffers that are kept. */
  read(buffer: number): Float32Array | Int8Array | Uint8Array;
  /** What computes each step, in words. */
  readonly kernels: readonly string[];
  /** The same layers as the kernels made them ready; null for operators and conversions. */
  readonly layers: readonly (ChosenLayer | null)[];
  /** Memory that a run needs for stored values and scratch, besides the weights. */
  readonly workingBytes: number;
}

function sequence(parts: readonly (() => void)[]): () => void {
  if (parts.length === 1) return parts[0];
  return () => {
    for (let i = 0; i < parts.length; i++) parts[i]();
  };
}

export function createRuntime(program: Program, engine: KernelEngine, options: Partial<CompileOptions> = {}): Runtime {
  const { network } = program;
  const keep = options.keep ?? 'all';
  const compiled = compile(program, engine, { ...options, keep });
  const steps = compiled.work.map((work) => sequence(work.map(engine.bind)));
  const all = sequence(compiled.work.flat().map(engine.bind));
  const input = compiled.view(network.inputs[0]) as Float32Array;
  const output = compiled.view(network.outputs[0]) as Float32Array;
  const logits = compiled.view(logitsOf(network)) as Float32Array;
  const accept = (values: Float32Array): void => {
    if (values.length !== input.length) {
      throw new StudioError(`The network takes ${input.length} numbers a sample, not ${values.length}.`, { where: network.name });
    }
    input.set(values);
  };
  const readable = new Set([...network.inputs, ...network.outputs, logitsOf(network)]);
  return {
    kernels: compiled.descriptions,
    layers: compiled.layers,
    workingBytes: compiled.workingBytes,
    logits,
    read: (buffer) => {
      if (keep === 'outputs' && !readable.has(buffer)) throw new Error(`Buffer ${buffer} of ${network.name} is not kept: its memory is shared.`);
      return compiled.view(buffer);
    },
    execute: (step) => {
      if (keep === 'outputs') throw new Error('A single step needs a runtime that keeps all buffers.');
      steps[step]();
    },
    run: (values) => {
      accept(values);
      all();
      return output;
    },
    runMany: (inputs, results) => {
      const count = inputs.length / input.length;
      if (!Number.isInteger(count) || results.length !== count * logits.length) {
        throw new StudioError(`${inputs.length} numbers are not whole samples of ${input.length} for ${results.length} results.`, { where: network.name });
      }
      for (let sample = 0; sample < count; sample++) {
        const from = sample * input.length;
        for (let i = 0; i < input.length; i++) input[i] = inputs[from + i];
        all();
        const to = sample * logits.length;
        for (let i = 0; i < logits.length; i++) results[to + i] = logits[i];
      }
    },
    runTimed: (values, totals) => {
      accept(values);
      let before = performance.now();
      for (let i = 0; i < steps.length; i++) {
        steps[i]();
        const after = performance.now();
        totals[i] += after - before;
        before = after;
      }
      return output;
    },
  };
}
