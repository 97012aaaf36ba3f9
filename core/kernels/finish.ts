import { limitsOf } from './finish-record.ts';
import { chooseKernel } from './index.ts';
import type { Finish, LayerGeometry, LayerJob, LayerKernel, PreparedLayer, Work } from './kernel.ts';
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

/** A layer made ready, and the kernel that was chosen for it. */
export interface ChosenLayer extends PreparedLayer {
  readonly kernel: LayerKernel;
}

/**
 * Prepares a layer with the fastest kernel of the engine. Where that kernel only computes sums, they go to `accumulator`
 * (float32 ones to the output itself) and a stage finishes them.
 */
export function prepareLayer(engine: KernelEngine, job: LayerJob, accumulator: number): ChosenLayer {
  const { geometry, parameters, finish, output } = job;
  const kernel = chooseKernel(engine, geometry, parameters.arithmetic);
  if (kernel.fuses || finish.kind === 'sums') return { ...kernel.prepare(job, engine.memory), kernel };
  const sums = parameters.arithmetic === 'float32' ? output : accumulator;
  const prepared = kernel.prepare({ ...job, finish: { kind: 'sums' }, output: sums }, engine.memory);
  return { ...prepared, kernel, work: [...prepared.work, finishWork(engine, finish, geometry, sums, output)] };
}
