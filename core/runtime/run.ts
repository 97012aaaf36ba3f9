import { StudioError } from '../base/errors.ts';
import { elementCount } from '../graph/graph.ts';
import { finishWork, prepareLayer, type ChosenLayer } from '../kernels/finish.ts';
import type { KernelEngine } from '../kernels/load.ts';
import { signBytes, type Finish, type LayerJob, type LayerParameters, type SignPadding, type Work } from '../kernels/kernel.ts';
import { place } from '../kernels/memory.ts';
import { pixelsOf } from './geometry.ts';
import { floatOperator } from './operators/float32.ts';
import { int8Operator } from './operators/int8.ts';
import { isFloatLayer, type LayerStep, type Program, type ProgramBuffer, type SignPackStep, type StepParameters } from './program.ts';

/** What a step computed before activation and rounding, in real units per channel; for statistics. */
export type Tap = (stepIndex: number, values: Float32Array, channels: number) => void;

export interface Runtime {
  /** One sample, NHWC. The result is a view that the next call overwrites. */
  run(input: Float32Array): Float32Array;
  /** The last result before a final softmax, where there is one: what divergences and answers are read from. */
  readonly logits: Float32Array;
  /** Runs with a clock around every step; adds milliseconds to `totals`. */
  runTimed(input: Float32Array, totals: Float64Array): Float32Array;
  /** Runs one step on what the buffers hold. */
  execute(step: number): void;
  /** A view of a buffer as the last call left it: float32, int8 or packed signs. */
  read(buffer: number): Float32Array | Int8Array | Uint8Array;
  /** Kernel used by each step; empty for operators and conversions. */
  readonly kernels: readonly string[];
  /** The same layers as the kernels made them ready; null for operators and conversions. */
  readonly layers: readonly (ChosenLayer | null)[];
}

function bufferBytes(buffer: ProgramBuffer): number {
  if (buffer.format === 'float32') return elementCount(buffer.shape) * 4;
  if (buffer.format === 'int8') return elementCount(buffer.shape);
  const { height, width, channels } = pixelsOf(buffer.shape);
  return height * width * signBytes(channels);
}

function layerParameters(step: LayerStep, parameters: StepParameters): LayerParameters {
  if (isFloatLayer(step)) {
    return { arithmetic: 'float32', kernel: parameters['kernel'] as Float32Array, bias: parameters['bias'] as Float32Array };
  }
  const codes = parameters['codes'] as Int8Array;
  const zeroPoint = parameters['inputGrid'];
  if (zeroPoint) return { arithmetic: 'integer', codes, zeroPoint: zeroPoint[0] };
  return { arithmetic: 'xnor', codes, padding: step.options['padding'] as SignPadding };
}

function finishOf(parameters: StepParameters): Finish {
  const thresholds = parameters['thresholds'] as Int32Array | undefined;
  if (thresholds) return { kind: 'threshold', thresholds };
  const grid = parameters['outputGrid'];
  if (!grid && !parameters['multiplier']) return { kind: 'clip', low: parameters['limits'][0], high: parameters['limits'][1] };
  const affine = { multiplier: parameters['multiplier'] as Float32Array, offset: parameters['offset'] as Float32Array };
  if (grid) return { kind: 'requantise', ...affine, zeroPoint: grid[0], low: grid[1], high: grid[2] };
  return { kind: 'affine', ...affine, low: parameters['limits'][0], high: parameters['limits'][1] };
}

/** Work that is known once all memory is claimed, so that views stay valid. */
type Deferred = () => readonly Work[];

/** Compiles a program for one engine: memory first, then the work of every step. A run allocates nothing. */
class Compiler {
  readonly offsets: number[];
  readonly kernels: string[] = [];
  readonly layers: (ChosenLayer | null)[] = [];
  private readonly program: Program;
  private readonly engine: KernelEngine;
  private readonly accumulator: number;
  private readonly tap: Tap | undefined;

  constructor(program: Program, engine: KernelEngine, tap: Tap | undefined) {
    this.program = program;
    this.engine = engine;
    this.tap = tap;
    const used = new Set(program.network.steps.flatMap((step) => [...step.inputs, step.output]).concat(program.network.inputs));
    this.offsets = program.network.buffers.map((buffer, index) => (used.has(index) ? engine.memory.allocate(bufferBytes(buffer)) : 0));
    const counts = program.network.steps.map((step) => (step.kind === 'layer' ? elementCount(program.network.buffers[step.output].shape) : 0));
    this.accumulator = engine.memory.allocate(4 * Math.max(0, ...counts));
  }

  view(index: number): Float32Array | Int8Array | Uint8Array {
    const buffer = this.program.network.buffers[index];
    const memory = this.engine.memory.buffer;
    const offset = this.offsets[index];
    if (buffer.format === 'float32') return new Float32Array(memory, offset, elementCount(buffer.shape));
    if (buffer.format === 'int8') return new Int8Array(memory, offset, elementCount(buffer.shape));
    return new Uint8Array(memory, offset, bufferBytes(buffer));
  }

  step(index: number): Deferred {
    const step = this.program.network.steps[index];
    this.kernels.push('');
    this.layers.push(null);
    if (step.kind === 'layer') return this.layer(index, step);
    if (step.kind === 'sign-pack') return this.signPack(index, step);
    const parameters = this.program.parameters[index];
    const [input] = step.inputs;
    const count = elementCount(this.program.network.buffers[step.output].shape);
    if (step.kind !== 'op') {
      const [scale, zeroPoint] = parameters['grid'];
      const factor = step.kind === 'quantise' ? Math.fround(1 / scale) : scale;
      const work = [this.engine.stage(step.kind, [this.offsets[input], this.offsets[step.output], count, factor, zeroPoint])];
      return () => work;
    }
    const { buffers } = this.program.network;
    const operand = (buffer: number) => ({ view: this.view(buffer), shape: buffers[buffer].shape });
    return () => {
      const inputs = step.inputs.map(operand);
      const output = operand(step.output);
      return [
        buffers[step.output].format === 'int8'
          ? int8Operator(step, parameters, inputs as { view: Int8Array; shape: readonly number[] }[], output as { view: Int8Array; shape: readonly number[] })
          : floatOperator(step, parameters, inputs as { view: Float32Array; shape: readonly number[] }[], output as { view: Float32Array; shape: readonly number[] }),
      ];
    };
  }

  private signPack(index: number, step: SignPackStep): Deferred {
    const thresholds = this.program.parameters[index]['thresholds'] as Float32Array | Int32Array;
    const input = this.program.network.buffers[step.inputs[0]];
    const { height, width, channels } = pixelsOf(input.shape);
    const expanded = thresholds instanceof Float32Array ? new Float32Array(channels) : new Int32Array(channels);
    for (let c = 0; c < channels; c++) expanded[c] = thresholds[c % thresholds.length];
    const constant = place(this.engine.memory, expanded);
    const name = input.format === 'int8' ? 'signPackInt8' : 'signPackFloat';
    const work = [this.engine.stage(name, [this.offsets[step.inputs[0]], constant, this.offsets[step.output], height * width, channels])];
    return () => work;
  }

  private layer(index: number, step: LayerStep): Deferred {
    const parameters = this.program.parameters[index];
    const job: LayerJob = {
      geometry: step.geometry,
      parameters: layerParameters(step, parameters),
      finish: finishOf(parameters),
      input: this.offsets[step.inputs[0]],
      output: this.offsets[step.output],
    };
    if (this.tap) return this.tapped(index, job, parameters, this.tap);
    const chosen = prepareLayer(this.engine, job, this.accumulator);
    this.kernels[index] = chosen.description;
    this.layers[index] = chosen;
    return () => chosen.work;
  }

  /** Hands the tap the result in real units before activation and rounding. Sign results carry none and are not tapped. */
  private tapped(index: number, job: LayerJob, parameters: StepParameters, tap: Tap): Deferred {
    const { engine } = this;
    const { geometry, finish } = job;
    const channels = geometry.outputChannels;
    const count = elementCount(this.program.network.buffers[this.program.network.steps[index].output].shape);
    const isFloat = job.parameters.arithmetic === 'float32';
    const sums = isFloat ? job.output : this.accumulator;
    const { description, work } = prepareLayer(engine, { ...job, finish: { kind: 'sums' }, output: sums }, this.accumulator);
    this.kernels[index] = description;
    const finished = finishWork(engine, finish, geometry, sums, job.output);
    const multiplier = parameters['multiplier'];
    const offset = parameters['offset'];
    const values = new Float32Array(isFloat || !multiplier ? 0 : count);
    return () => {
      const { buffer } = engine.memory;
      const view = isFloat ? new Float32Array(buffer, sums, count) : new Int32Array(buffer, sums, count);
      const report = (): void => {
        if (view instanceof Float32Array) tap(index, view, channels);
        else if (multiplier) {
          for (let i = 0; i < count; i++) values[i] = view[i] * multiplier[i % channels] + offset[i % channels];
          tap(index, values, channels);
        }
      };
      return [...work, report, finished];
    };
  }
}

function sequence(parts: readonly (() => void)[]): () => void {
  if (parts.length === 1) return parts[0];
  return () => {
    for (let i = 0; i < parts.length; i++) parts[i]();
  };
}

export function createRuntime(program: Program, engine: KernelEngine, tap?: Tap): Runtime {
  const { network } = program;
  const compiler = new Compiler(program, engine, tap);
  const deferred = network.steps.map((_, index) => compiler.step(index));
  // No allocation after this line: every closure holds views that stay valid.
  const steps = deferred.map((finish) => sequence(finish().map(engine.bind)));
  const input = compiler.view(network.inputs[0]) as Float32Array;
  const output = compiler.view(network.outputs[0]) as Float32Array;
  const last = network.steps.find((step) => step.output === network.outputs[0]);
  const logits = last?.kind === 'op' && last.op === 'softmax' ? (compiler.view(last.inputs[0]) as Float32Array) : output;
  const accept = (values: Float32Array): void => {
    if (values.length !== input.length) {
      throw new StudioError(`The network takes ${input.length} numbers a sample, not ${values.length}.`, { where: network.name });
    }
    input.set(values);
  };
  return {
    kernels: compiler.kernels,
    layers: compiler.layers,
    logits,
    read: (buffer) => compiler.view(buffer),
    execute: (step) => steps[step](),
    run: (values) => {
      accept(values);
      for (let i = 0; i < steps.length; i++) steps[i]();
      return output;
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
