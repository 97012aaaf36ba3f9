import { limitsOf } from './finish-record.ts';
import { chooseKernel } from './index.ts';
import type { Finish, KernelMemory, LayerGeometry, LayerJob, LayerKernel, PreparedLayer, Work } from './kernel.ts';
import type { KernelEngine } from './load.ts';
import { place } from './memory.ts';

/** The stage that finishes sums that lie in memory. */
export function finishWork(engine: KernelEngine, finish: Finish, g: LayerGeometry, sums: number, output: number): Work {
  const { memory } = engine;
  const pixels = g.outputHeight * g.outputWidth;
  const channels = g.outputChannels;
  switch (finish.kind) {
    case 'affine': {
      const { multiplier, offset, low, high } = finish;
      return engine.stage('affine', [sums, place(memory, multiplier), place(memory, offset), output, pixels, channels, low, high]);
    }
    case 'requantise': {
      const { multiplier, offset, zeroPoint, low, high } = finish;
      return engine.stage('requantise', [sums, place(memory, multiplier), place(memory, offset), output, pixels, channels, zeroPoint, low, high]);
    }
    case 'threshold':
      return engine.stage('threshold', [sums, place(memory, finish.thresholds), output, pixels, channels]);
    case 'clip':
    case 'sums': {
      const { low, high } = limitsOf(finish);
      return engine.stage('clip', [sums, output, pixels * channels, low, high]);
    }
  }
}

/** Scratch for the sums of a layer, 32 bits each. */
export function scratchForSums(memory: KernelMemory, g: LayerGeometry): number {
  return memory.scratch(4 * g.outputHeight * g.outputWidth * g.outputChannels);
}

/** A layer made ready, and the kernel that was chosen for it. */
export interface ChosenLayer extends PreparedLayer {
  readonly kernel: LayerKernel;
}

/**
 * Prepares a layer with the fastest kernel of the engine, in the engine's memory or a view of it. Where that kernel only
 * computes sums, they go to scratch (float32 ones to the output itself) and a stage finishes them.
 */
export function prepareLayer(engine: KernelEngine, job: LayerJob, memory: KernelMemory): ChosenLayer {
  const { geometry, parameters, finish, output } = job;
  const kernel = chooseKernel(engine, geometry, parameters);
  if (kernel.fuses || finish.kind === 'sums') return { ...kernel.prepare(job, memory), kernel };
  const sums = parameters.arithmetic === 'float32' ? output : scratchForSums(memory, geometry);
  const prepared = kernel.prepare({ ...job, finish: { kind: 'sums' }, output: sums }, memory);
  return { ...prepared, kernel, work: [...prepared.work, finishWork(engine, finish, geometry, sums, output)] };
}
