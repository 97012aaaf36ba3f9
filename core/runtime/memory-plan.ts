import { elementCount, type OpId } from '../graph/graph.ts';
import { signBytes } from '../kernels/kernel.ts';
import { pixelsOf } from './geometry.ts';
import type { LoweredNetwork, ProgramBuffer, Step } from './program.ts';

/** Which buffers can be read after a run: every one; the network's inputs, outputs and logits; or its outputs alone. */
export type Keep = 'all' | 'outputs' | 'results';

/** From the step that first writes it to the step that last reads it, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface Arena {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** One stretch of the arena over the steps that need it, with the first buffer that lies there. */
export interface MemoryBlock extends Lifetime {
  readonly buffer: number;
  readonly offset: number;
}

export interface MemoryPlan {
  /** From the start of the arena; buffers that no step uses stand at 0. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** What lies where and when. Steps count from 0; −1 is before the first, their number behind the last. */
  readonly blocks: readonly MemoryBlock[];
  /** True where a buffer lies in the very bytes of the step's input, so that the step has nothing to do. */
  isShared(step: Step): boolean;
}

const ALIGNMENT = 16;

export function bufferBytes(buffer: ProgramBuffer): number {
  if (buffer.format === 'float32') return elementCount(buffer.shape) * 4;
  if (buffer.format === 'int8') return elementCount(buffer.shape);
  const { height, width, channels } = pixelsOf(buffer.shape);
  return height * width * signBytes(channels);
}

/** The buffer that a final softmax reads, else the output itself. */
export function logitsOf({ steps, outputs }: LoweredNetwork): number {
  const last = steps.find((step) => step.output === outputs[0]);
  return last?.kind === 'op' && last.op === 'softmax' ? last.inputs[0] : outputs[0];
}

/** Places what lives at the same time side by side: the largest first, each in the smallest gap that holds it. */
export function placeLifetimes(lifetimes: readonly Lifetime[]): Arena {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: { readonly start: number; readonly end: number; readonly lifetime: Lifetime }[] = [];
  const bySize = lifetimes.map((_, index) => index).toSorted((a, b) => lifetimes[b].bytes - lifetimes[a].bytes || a - b);
  let bytes = 0;
  for (const index of bySize) {
    const lifetime = lifetimes[index];
    const size = Math.ceil(lifetime.bytes / ALIGNMENT) * ALIGNMENT;
    const neighbours = placed
      .filter((other) => other.lifetime.first <= lifetime.last && lifetime.first <= other.lifetime.last)
      .toSorted((a, b) => a.start - b.start);
    let start = -1;
    let smallest = Number.POSITIVE_INFINITY;
    let free = 0;
    for (const neighbour of neighbours) {
      const gap = neighbour.start - free;
      if (gap >= size && gap < smallest) [start, smallest] = [free, gap];
      free = Math.max(free, neighbour.end);
    }
    if (start < 0) start = free;
    offsets[index] = start;
    placed.push({ start, end: start + size, lifetime });
    bytes = Math.max(bytes, start + size);
  }
  return { offsets, bytes };
}

/** One buffer can stand in the bytes of another. */
function fits(a: ProgramBuffer, b: ProgramBuffer): boolean {
  return a.format === b.format && bufferBytes(a) === bufferBytes(b);
}

/** Operators whose result is their input, byte for byte. A damaged file may claim that of buffers that differ in size. */
function keepsBytes({ buffers }: LoweredNetwork, step: Step): boolean {
  return step.kind === 'op' && (step.op === 'reshape' || step.op === 'identity') && fits(buffers[step.inputs[0]], buffers[step.output]);
}

/** Operators that read element i of an input of the output's size for the last time before they write element i. */
const ELEMENTWISE = new Set<OpId>(['add', 'multiply', 'batch-norm', 'relu', 'clip', 'leaky-relu', 'rprelu', 'sigmoid', 'tanh', 'exponential', 'erf', 'power']);

/**
 * For each buffer the one in whose bytes it lies: its own, that of the value it copies, or, where values need not be kept, that of
 * an input that nothing reads after it has been replaced element by element.
 */
function homesOf(network: LoweredNetwork, kept: ReadonlySet<number>): readonly number[] {
  const { buffers, steps } = network;
  const home = buffers.map((_, index) => index);
  /** By home. */
  const lastRead = new Map<number, number>();
  const isKept = new Set(kept);
  steps.forEach((step, index) => step.inputs.forEach((input) => lastRead.set(input, index)));
  const moveIn = (buffer: number, host: number): void => {
    home[buffer] = host;
    lastRead.set(host, Math.max(lastRead.get(host) ?? -1, lastRead.get(buffer) ?? -1));
    if (kept.has(buffer)) isKept.add(host);
  };
  steps.forEach((step, index) => {
    if (keepsBytes(network, step)) moveIn(step.output, home[step.inputs[0]]);
    if (step.kind !== 'op' || !ELEMENTWISE.has(step.op)) return;
    const replaced = step.inputs.find(
      (input) => fits(buffers[input], buffers[step.output]) && !isKept.has(home[input]) && lastRead.get(home[input]) === index,
    );
    if (replaced !== undefined) moveIn(step.output, home[replaced]);
  });
  return home;
}

/** A place for every buffer. A layer's input and output never overlap. */
export function planMemory(network: LoweredNetwork, keep: Keep): MemoryPlan {
  const { buffers, steps, inputs, outputs } = network;
  const keptOf = { all: () => buffers.map((_, index) => index), outputs: () => [...inputs, ...outputs, logitsOf(network)], results: () => outputs };
  const kept = keptOf[keep]();
  const home = homesOf(network, new Set(kept));
  const end = steps.length;
  const first = new Array<number>(buffers.length).fill(end);
  const last = new Array<number>(buffers.length).fill(-1);
  const extend = (buffer: number, step: number): void => {
    first[home[buffer]] = Math.min(first[home[buffer]], step);
    last[home[buffer]] = Math.max(last[home[buffer]], step);
  };
  steps.forEach((step, index) => [...step.inputs, step.output].forEach((buffer) => extend(buffer, index)));
  const used = home.map((_, index) => index).filter((buffer) => last[home[buffer]] >= 0);
  const claimed = keep === 'results' ? [] : kept;
  for (const buffer of [...claimed, ...inputs]) if (used.includes(buffer)) extend(buffer, -1);
  for (const buffer of kept) if (used.includes(buffer)) extend(buffer, end);

  const homes = used.filter((buffer) => home[buffer] === buffer);
  const lifetimes = homes.map((buffer) => ({ bytes: bufferBytes(buffers[buffer]), first: first[buffer], last: last[buffer] }));
  const arena = placeLifetimes(lifetimes);
  // A part of a network may leave its input or its result alone, and they are looked at all the same.
  const looked = [...inputs, ...outputs, logitsOf(network)].map((buffer) => bufferBytes(buffers[buffer]));
  const offsetOf = new Map(homes.map((buffer, i) => [buffer, arena.offsets[i]]));
  return {
    offsets: home.map((buffer) => offsetOf.get(buffer) ?? 0),
    bytes: Math.max(arena.bytes, ...looked),
    blocks: lifetimes.map((lifetime, i) => ({ ...lifetime, buffer: homes[i], offset: arena.offsets[i] })),
    isShared: (step) => keepsBytes(network, step),
  };
}
