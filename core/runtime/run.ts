import { StudioError } from '../base/errors.ts';
import { elementCount } from '../graph/graph.ts';
import { chooseKernel } from '../kernels/index.ts';
import type { KernelEngine } from '../kernels/load.ts';
import { signBytes, type LayerParameters, type SignPadding } from '../kernels/kernel.ts';
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

type Deferred = () => () => void;

/**
 * Compiles a program for one engine. Memory is claimed first, then every step becomes one closure over fixed views;
 * a run allocates nothing.
 */
class Compiler {
  readonly offsets: number[];
  readonly kernels: string[] = [];
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

  /** Reserves space for constants; they are written once all memory is claimed. */
  private constant(values: Float32Array | Int32Array): { readonly offset: number; readonly write: () => void } {
    const offset = this.engine.memory.allocate(values.length * 4);
    return {
      offset,
      write: () => {
        const view = values instanceof Float32Array ? new Float32Array(this.engine.memory.buffer, offset, values.length) : new Int32Array(this.engine.memory.buffer, offset, values.length);
        view.set(values);
      },
    };
  }

  step(index: number): Deferred {
    const step = this.program.network.steps[index];
    this.kernels.push('');
    if (step.kind === 'layer') return this.layer(index, step);
    if (step.kind === 'sign-pack') return this.signPack(index, step);
    const parameters = this.program.parameters[index];
    const { stages } = this.engine;
    const [input] = step.inputs;
    const count = elementCount(this.program.network.buffers[step.output].shape);
    if (step.kind !== 'op') {
      const [scale, zeroPoint] = parameters['grid'];
      const inverse = Math.fround(1 / scale);
      return step.kind === 'quantise'
        ? () => () => stages.quantise(this.offsets[input], this.offsets[step.output], count, inverse, zeroPoint)
        : () => () => stages.dequantise(this.offsets[input], this.offsets[step.output], count, scale, zeroPoint);
    }
    const { buffers } = this.program.network;
    const operand = (buffer: number) => ({ view: this.view(buffer), shape: buffers[buffer].shape });
    return () => {
      const inputs = step.inputs.map(operand);
      const output = operand(step.output);
      return buffers[step.output].format === 'int8'
        ? int8Operator(step, parameters, inputs as { view: Int8Array; shape: readonly number[] }[], output as { view: Int8Array; shape: readonly number[] })
        : floatOperator(step, parameters, inputs as { view: Float32Array; shape: readonly number[] }[], output as { view: Float32Array; shape: readonly number[] });
    };
  }

  private signPack(index: number, step: SignPackStep): Deferred {
    const thresholds = this.program.parameters[index]['thresholds'] as Float32Array | Int32Array;
    const input = this.program.network.buffers[step.inputs[0]];
    const { height, width, channels } = pixelsOf(input.shape);
    const expanded = thresholds instanceof Float32Array ? new Float32Array(channels) : new Int32Array(channels);
    for (let c = 0; c < channels; c++) expanded[c] = thresholds[c % thresholds.length];
    const constant = this.constant(expanded);
    const from = this.offsets[step.inputs[0]];
    const to = this.offsets[step.output];
    const { stages } = this.engine;
    return () => {
      constant.write();
      return input.format === 'int8'
        ? () => stages.signPackInt8(from, constant.offset, to, height * width, channels)
        : () => stages.signPackFloat(from, constant.offset, to, height * width, channels);
    };
  }

  private layer(index: number, step: LayerStep): Deferred {
    const parameters = this.program.parameters[index];
    const layer = layerParameters(step, parameters);
    const kernel = chooseKernel(this.engine, step.geometry, layer.arithmetic);
    const prepared = kernel.prepare(step.geometry, layer, this.engine.memory);
    this.kernels[index] = prepared.description;
    const from = this.offsets[step.inputs[0]];
    const to = this.offsets[step.output];
    const channels = step.geometry.outputChannels;
    const pixels = step.geometry.outputHeight * step.geometry.outputWidth;
    if (layer.arithmetic === 'float32') {
      const [low, high] = parameters['limits'];
      return () => {
        const output = this.view(step.output) as Float32Array;
        return () => {
          prepared.run(from, to);
          this.tap?.(index, output, channels);
          if (low !== Number.NEGATIVE_INFINITY || high !== Number.POSITIVE_INFINITY) clip(output, low, high);
        };
      };
    }
    const stage = this.stage(step, parameters, pixels, channels);
    const tapped = this.tapped(index, step, parameters);
    const { accumulator } = this;
    return () => {
      const finish = stage();
      const report = tapped();
      return () => {
        prepared.run(from, accumulator);
        report();
        finish();
      };
    };
  }

  /** From the int32 sums to the stored format. */
  private stage(step: LayerStep, parameters: StepParameters, pixels: number, channels: number): Deferred {
    const { stages } = this.engine;
    const { accumulator } = this;
    const to = this.offsets[step.output];
    const thresholds = parameters['thresholds'];
    if (thresholds) {
      const constant = this.constant(thresholds as Int32Array);
      return () => {
        constant.write();
        return () => stages.threshold(accumulator, constant.offset, to, pixels, channels);
      };
    }
    const multiplier = this.constant(parameters['multiplier'] as Float32Array);
    const offset = this.constant(parameters['offset'] as Float32Array);
    const grid = parameters['outputGrid'];
    const limits = parameters['limits'];
    return () => {
      multiplier.write();
      offset.write();
      if (grid) {
        const [zeroPoint, low, high] = grid;
        return () => stages.requantise(accumulator, multiplier.offset, offset.offset, to, pixels, channels, zeroPoint, low, high);
      }
      const [low, high] = limits;
      return () => stages.affine(accumulator, multiplier.offset, offset.offset, to, pixels, channels, low, high);
    };
  }

  /** Hands the tap the sums in real units: acc·multiplier + offset. Sign results carry no multiplier and are not tapped. */
  private tapped(index: number, step: LayerStep, parameters: StepParameters): Deferred {
    const { tap } = this;
    const multiplier = parameters['multiplier'];
    const offset = parameters['offset'];
    if (!tap || !multiplier) return () => () => {};
    const channels = step.geometry.outputChannels;
    const count = elementCount(this.program.network.buffers[step.output].shape);
    const values = new Float32Array(count);
    return () => {
      const sums = new Int32Array(this.engine.memory.buffer, this.accumulator, count);
      return () => {
        for (let i = 0; i < count; i++) values[i] = sums[i] * multiplier[i % channels] + offset[i % channels];
        tap(index, values, channels);
      };
    };
  }
}

function clip(values: Float32Array, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low) values[i] = low;
    else if (value > high) values[i] = high;
  }
}

export function createRuntime(program: Program, engine: KernelEngine, tap?: Tap): Runtime {
  const { network } = program;
  const compiler = new Compiler(program, engine, tap);
  const deferred = network.steps.map((_, index) => compiler.step(index));
  // No allocation after this line: every closure holds views that stay valid.
  const steps = deferred.map((finish) => finish());
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
