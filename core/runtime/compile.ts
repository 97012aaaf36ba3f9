import { StudioError } from '../base/errors.ts';
import { elementCount, type PoolAttributes } from '../graph/graph.ts';
import { finishWork, prepareLayer, scratchForSums, type ChosenLayer } from '../kernels/finish.ts';
import type { Finish, LayerJob, LayerParameters, SignPadding, Work } from '../kernels/kernel.ts';
import type { KernelEngine } from '../kernels/load.ts';
import { place, shareScratch, type SharedScratch } from '../kernels/memory.ts';
import { pixelsOf } from './geometry.ts';
import { bufferBytes, planMemory, type Keep, type MemoryPlan } from './memory-plan.ts';
import { compiledOperator } from './operators/compiled.ts';
import { floatOperator, PLAIN_OPERATORS, type OperatorInput } from './operators/float32.ts';
import { int8Operator } from './operators/int8.ts';
import { withLevels } from '../quant/two-levels.ts';
import { isFloatLayer, type LayerStep, type OpStep, type Program, type QuantiseStep, type SignPackStep, type StepParameters } from './program.ts';

/** What a step computed before activation and rounding, in real units per channel; for statistics. */
export type Tap = (stepIndex: number, values: Float32Array, channels: number) => void;

export interface CompileOptions {
  /** All buffers can be read after a run, or outputs and logits only, so that the others share memory. */
  readonly keep: Exclude<Keep, 'results'>;
  readonly tap?: Tap;
}

/** The work of every step, ready to run. */
export interface CompiledProgram {
  /** One row a step; empty where there is nothing to do. */
  readonly work: readonly (readonly Work[])[];
  readonly descriptions: readonly string[];
  /** The layers as their kernels made them ready; null for other steps. */
  readonly layers: readonly (ChosenLayer | null)[];
  view(buffer: number): Float32Array | Int8Array | Uint8Array;
  /** Buffers and scratch, without weights and what kernels hold for good. */
  readonly workingBytes: number;
}

function layerParameters(step: LayerStep, parameters: StepParameters): LayerParameters {
  if (isFloatLayer(step)) {
    return { arithmetic: 'float32', kernel: parameters['kernel'] as Float32Array, bias: parameters['bias'] as Float32Array };
  }
  const stored = parameters['codes'] as Int8Array;
  const levels = parameters['levels'] as Int32Array | undefined;
  const codes = levels ? withLevels(stored, levels) : stored;
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

/** A step whose work may hold views, and so is made when all memory has been claimed. */
interface Deferred {
  readonly description: string;
  readonly layer?: ChosenLayer;
  readonly work: () => readonly Work[];
}

class Compiler {
  readonly plan: MemoryPlan;
  readonly scratch: SharedScratch;
  private readonly base: number;
  private readonly program: Program;
  private readonly engine: KernelEngine;
  private readonly tap: Tap | undefined;

  constructor(program: Program, engine: KernelEngine, { keep, tap }: CompileOptions) {
    this.program = program;
    this.engine = engine;
    this.tap = tap;
    this.plan = planMemory(program.network, keep);
    this.base = engine.memory.allocate(this.plan.bytes);
    this.scratch = shareScratch(engine.memory);
  }

  private offset(buffer: number): number {
    return this.base + this.plan.offsets[buffer];
  }

  private elements(buffer: number): number {
    return elementCount(this.program.network.buffers[buffer].shape);
  }

  view(index: number): Float32Array | Int8Array | Uint8Array {
    const buffer = this.program.network.buffers[index];
    const memory = this.engine.memory.buffer;
    const offset = this.offset(index);
    if (buffer.format === 'float32') return new Float32Array(memory, offset, elementCount(buffer.shape));
    if (buffer.format === 'int8') return new Int8Array(memory, offset, elementCount(buffer.shape));
    return new Uint8Array(memory, offset, bufferBytes(buffer));
  }

  step(index: number): Deferred {
    const step = this.program.network.steps[index];
    this.scratch.nextStep();
    if (step.kind === 'layer') return this.layer(index, step);
    if (step.kind === 'sign-pack') return this.signPack(index, step);
    if (step.kind === 'op') return this.operator(index, step);
    return this.conversion(index, step);
  }

  private conversion(index: number, step: QuantiseStep): Deferred {
    const [scale, zeroPoint] = this.program.parameters[index]['grid'];
    const factor = step.kind === 'quantise' ? Math.fround(1 / scale) : scale;
    const args = [this.offset(step.inputs[0]), this.offset(step.output), this.elements(step.output), factor, zeroPoint] as const;
    const work = [this.engine.stage(step.kind, [...args])];
    return { description: this.stageDescription(step.kind), work: () => work };
  }

  private signPack(index: number, step: SignPackStep): Deferred {
    const thresholds = this.program.parameters[index]['thresholds'] as Float32Array | Int32Array;
    const input = this.program.network.buffers[step.inputs[0]];
    const { height, width, channels } = pixelsOf(input.shape);
    const expanded = thresholds instanceof Float32Array ? new Float32Array(channels) : new Int32Array(channels);
    for (let c = 0; c < channels; c++) expanded[c] = thresholds[c % thresholds.length];
    const constant = place(this.engine.memory, expanded);
    const name = input.format === 'int8' ? 'signPackInt8' : 'signPackFloat';
    const work = [this.engine.stage(name, [this.offset(step.inputs[0]), constant, this.offset(step.output), height * width, channels])];
    return { description: this.stageDescription(step.kind), work: () => work };
  }

  private signPool(step: OpStep): Deferred {
    const { buffers } = this.program.network;
    const input = buffers[step.inputs[0]];
    const from = pixelsOf(input.shape);
    const to = pixelsOf(buffers[step.output].shape);
    if (step.op !== 'max-pool' || input.format !== 'sign' || from.channels !== to.channels) {
      throw new StudioError(`${step.op} does not make signs.`, { where: step.node });
    }
    const { sizeY, sizeX, strideY, strideX, padTop, padLeft } = step.attributes as unknown as PoolAttributes;
    const sizes = [from.height, from.width, from.channels, to.height, to.width] as const;
    const window = [sizeY, sizeX, strideY, strideX, padTop, padLeft] as const;
    const work = [this.engine.stage('maxPoolSigns', [this.offset(step.inputs[0]), this.offset(step.output), ...sizes, ...window])];
    return { description: this.stageDescription('max-pool of signs'), work: () => work };
  }

  private stageDescription(name: string): string {
    return this.engine.stages.variant === 'wasm' ? `${name}, wasm simd` : `${name} in TypeScript`;
  }

  private operator(index: number, step: OpStep): Deferred {
    const { buffers } = this.program.network;
    const parameters = this.program.parameters[index];
    const format = buffers[step.output].format === 'int8' ? 'int8' : 'float32';
    if (buffers[step.output].format === 'sign') return this.signPool(step);
    if (this.plan.isShared(step)) return { description: `${step.op}, in place`, work: () => [] };
    if (this.engine.variant === 'wasm' && !PLAIN_OPERATORS.has(step.op)) {
      const placed = (buffer: number) => ({ offset: this.offset(buffer), shape: buffers[buffer].shape });
      const job = { step, parameters, format, inputs: step.inputs.map(placed), output: placed(step.output) } as const;
      const { description, work } = compiledOperator(job, this.scratch.memory);
      return { description, work: () => work };
    }
    const operand = (buffer: number) => ({ view: this.view(buffer), shape: buffers[buffer].shape });
    return {
      description: `${step.op} in TypeScript`,
      work: () => {
        const inputs = step.inputs.map(operand);
        const output = operand(step.output);
        return [
          format === 'int8'
            ? int8Operator(step, parameters, inputs as OperatorInput<Int8Array>[], output as OperatorInput<Int8Array>)
            : floatOperator(step, parameters, inputs as OperatorInput<Float32Array>[], output as OperatorInput<Float32Array>),
        ];
      },
    };
  }

  private layer(index: number, step: LayerStep): Deferred {
    const parameters = this.program.parameters[index];
    const job: LayerJob = {
      geometry: step.geometry,
      parameters: layerParameters(step, parameters),
      finish: finishOf(parameters),
      input: this.offset(step.inputs[0]),
      output: this.offset(step.output),
    };
    if (this.tap) return this.tapped(index, job, parameters, this.tap);
    const layer = prepareLayer(this.engine, job, this.scratch.memory);
    return { description: layer.description, layer, work: () => layer.work };
  }

  /** Hands the tap the result in real units before activation and rounding. Sign results carry none and are not tapped. */
  private tapped(index: number, job: LayerJob, parameters: StepParameters, tap: Tap): Deferred {
    const { engine } = this;
    const { geometry, finish } = job;
    const channels = geometry.outputChannels;
    const count = this.elements(this.program.network.steps[index].output);
    const isFloat = job.parameters.arithmetic === 'float32';
    const sums = isFloat ? job.output : scratchForSums(this.scratch.memory, geometry);
    const { description, work } = prepareLayer(engine, { ...job, finish: { kind: 'sums' }, output: sums }, this.scratch.memory);
    const finished = finishWork(engine, finish, geometry, sums, job.output);
    const multiplier = parameters['multiplier'];
    const offset = parameters['offset'];
    const values = new Float32Array(isFloat || !multiplier ? 0 : count);
    return {
      description,
      work: () => {
        const { buffer } = engine.memory;
        if (isFloat) {
          const view = new Float32Array(buffer, sums, count);
          return [...work, () => tap(index, view, channels), finished];
        }
        if (!multiplier) return [...work, finished];
        const accumulators = new Int32Array(buffer, sums, count);
        const report = (): void => {
          scaleChannels(accumulators, multiplier as Float32Array, offset as Float32Array, values);
          tap(index, values, channels);
        };
        return [...work, report, finished];
      },
    };
  }
}

/** y = x·multiplier + offset, channels innermost. */
function scaleChannels(x: Int32Array, multiplier: Float32Array, offset: Float32Array, y: Float32Array): void {
  const channels = multiplier.length;
  for (let pixel = 0; pixel < x.length; pixel += channels) {
    for (let c = 0; c < channels; c++) y[pixel + c] = x[pixel + c] * multiplier[c] + offset[c];
  }
}

/** Compiles a program for one engine: memory first, then the work of every step, which allocates nothing. */
export function compile(program: Program, engine: KernelEngine, options: CompileOptions): CompiledProgram {
  const compiler = new Compiler(program, engine, options);
  const steps = program.network.steps.map((_, index) => compiler.step(index));
  // No allocation after this line: views stay valid.
  return {
    work: steps.map(({ work }) => work()),
    descriptions: steps.map(({ description }) => description),
    layers: steps.map(({ layer }) => layer ?? null),
    view: (buffer) => compiler.view(buffer),
    workingBytes: compiler.plan.bytes + compiler.scratch.bytes,
  };
}
