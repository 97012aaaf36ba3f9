import { StudioError } from '../../base/errors.ts';
import { elementCount, type PoolAttributes, type Shape } from '../../graph/graph.ts';
import type { KernelCall, KernelMemory, PreparedLayer } from '../../kernels/kernel.ts';
import { place } from '../../kernels/memory.ts';
import { grainFor } from '../../kernels/stages/wasm.ts';
import { pixelsOf } from '../geometry.ts';
import type { OpStep, StepParameters } from '../program.ts';
import { gatherTable, globalPool } from './float32.ts';
import { int8Addition } from './int8.ts';

/** A tensor at its place: bytes in the kernels' memory. */
export interface PlacedTensor {
  readonly offset: number;
  readonly shape: Shape;
}

/** An operator with its operands, all of one format. */
export interface OperatorJob {
  readonly step: OpStep;
  readonly parameters: StepParameters;
  readonly format: 'float32' | 'int8';
  readonly inputs: readonly PlacedTensor[];
  readonly output: PlacedTensor;
}

function pool(job: OperatorJob, name: 'max' | 'average', window: PoolAttributes): KernelCall {
  const [input] = job.inputs;
  const { height, width, channels } = pixelsOf(input.shape);
  const to = pixelsOf(job.output.shape);
  return {
    export: `${name}Pool${job.format === 'int8' ? 'Int8' : 'Float32'}`,
    args: [
      input.offset, job.output.offset, height, width, channels, to.width,
      window.sizeY, window.sizeX, window.strideY, window.strideX, window.padTop, window.padLeft,
    ],
    items: elementCount(job.output.shape) / channels,
  };
}

function add({ step, parameters, format, inputs, output }: OperatorJob): KernelCall {
  const items = elementCount(output.shape);
  if (format === 'int8') {
    const { ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high } = int8Addition(parameters);
    const args = [inputs[0].offset, inputs[1].offset, output.offset, ratioA, zeroA, ratioB, zeroB, zeroPoint, low, high];
    return { export: 'addInt8', args, items };
  }
  const [longer, shorter] = inputs.toSorted((a, b) => elementCount(b.shape) - elementCount(a.shape));
  const [low, high] = parameters['limits'];
  if (elementCount(longer.shape) !== items) throw new StudioError('The operands of an addition do not have the shape of its result.', { where: step.node });
  return { export: 'addFloat32', args: [longer.offset, shorter.offset, elementCount(shorter.shape), output.offset, low, high], items };
}

/** The longest runs of elements that are copied or padded as a whole and divide the output: pixels, or parts of their channels. */
function blockLength(table: Int32Array, shape: Shape): number {
  const isWhole = (length: number): boolean =>
    table.every((source, i) => i % length === 0 || (table[i - 1] < 0 ? source < 0 : source === table[i - 1] + 1));
  const channels = shape[shape.length - 1];
  const parts = Array.from({ length: channels }, (_, i) => channels - i).filter((length) => channels % length === 0);
  const wider = shape.slice(1, -1).map((_, i) => elementCount(shape.slice(i + 1)));
  return [...wider, ...parts].find(isWhole) ?? 1;
}

/** Copies by a table of blocks: transpose, slice, expand and pad. */
function gather({ step, parameters, format, inputs: [input], output }: OperatorJob, memory: KernelMemory): KernelCall {
  const table = gatherTable(step, input.shape, output.shape);
  const length = blockLength(table, output.shape);
  const bytes = format === 'int8' ? 1 : 4;
  const blocks = new Int32Array(table.length / length);
  for (let i = 0; i < blocks.length; i++) blocks[i] = table[i * length] < 0 ? -1 : table[i * length] * bytes;
  const padding = format === 'int8' ? parameters['grid'][1] & 0xff : 0;
  return { export: 'gatherBlocks', args: [place(memory, blocks), input.offset, output.offset, length * bytes, padding], items: blocks.length };
}

function concat({ step, inputs, output }: OperatorJob): readonly KernelCall[] {
  const axis = step.attributes['axis'] as number;
  const blockBytes = (shape: Shape): number => elementCount(shape.slice(axis)) * 4;
  const rows = elementCount(output.shape.slice(0, axis));
  let at = output.offset;
  return inputs.map((input) => {
    const bytes = blockBytes(input.shape);
    const call: KernelCall = { export: 'copyBlocks', args: [input.offset, at, bytes, blockBytes(output.shape)], items: rows };
    at += bytes;
    return call;
  });
}

function calls(job: OperatorJob, memory: KernelMemory): readonly KernelCall[] {
  const { step, parameters, inputs, output } = job;
  const [input] = inputs;
  const count = elementCount(output.shape);
  const channels = output.shape[output.shape.length - 1];
  const number = (name: string): number => step.attributes[name] as number;
  const window = step.attributes as unknown as PoolAttributes;
  switch (step.op) {
    case 'add':
      return [add(job)];
    case 'max-pool':
      return [pool(job, 'max', window)];
    case 'average-pool':
      return [pool(job, 'average', window)];
    case 'global-average-pool':
      return [pool(job, 'average', globalPool(input.shape))];
    case 'reshape':
    case 'identity': {
      const bytes = job.format === 'int8' ? count : count * 4;
      return [{ export: 'copyBlocks', args: [input.offset, output.offset, bytes, bytes], items: 1 }];
    }
    case 'transpose':
    case 'slice':
    case 'expand':
    case 'pad':
      return [gather(job, memory)];
    case 'concat':
      return concat(job);
    case 'batch-norm': {
      const [m, b] = [place(memory, parameters['multiplier']), place(memory, parameters['offset'])];
      return [{ export: 'scaleChannels', args: [input.offset, m, b, output.offset, channels], items: count / channels }];
    }
    case 'relu':
      return [{ export: 'relu', args: [input.offset, output.offset], items: count }];
    case 'clip':
      return [{ export: 'clip', args: [input.offset, output.offset, number('minimum'), number('maximum')], items: count }];
    case 'leaky-relu':
      return [{ export: 'leakyRelu', args: [input.offset, output.offset, number('alpha')], items: count }];
    case 'rprelu': {
      const [before, slope, after] = ['before', 'slope', 'after'].map((slot) => place(memory, parameters[slot]));
      return [{ export: 'rprelu', args: [input.offset, before, slope, after, output.offset, channels], items: count / channels }];
    }
    case 'sigmoid':
      return [{ export: 'sigmoid', args: [input.offset, output.offset], items: count }];
    case 'tanh':
      return [{ export: 'hyperbolicTangent', args: [input.offset, output.offset], items: count }];
    case 'softmax':
      return [{ export: 'softmax', args: [input.offset, output.offset, channels], items: count / channels }];
    default:
      throw new StudioError(`The runtime has no ${step.op} operator.`, { where: step.node });
  }
}

/** The operator as calls of compiled kernels, with the results of the TypeScript ones, bit for bit. */
export function compiledOperator(job: OperatorJob, memory: KernelMemory): PreparedLayer {
  const count = elementCount(job.output.shape);
  const work = calls(job, memory).map((call) => ({ ...call, grain: grainFor(count / (call.items ?? 1)) }));
  return { description: `${job.step.op}, ${job.format}, wasm simd`, work };
}
