import { StudioError } from '../base/errors.ts';
import { elementCount, type Model } from '../graph/graph.ts';
import { describeShape } from '../graph/ops.ts';
import { preprocessOf, type DataSet, type PreprocessId, type Samples } from './data-set.ts';

export type SplitName = 'train' | 'test';

export function samplesOf(data: DataSet, split: SplitName): Samples {
  const samples = split === 'train' ? data.train : data.test;
  if (samples) return samples;
  throw new StudioError(`${data.name} has no ${split} samples.`, { where: data.name, next: 'Open the training files of the data set too.' });
}

/** Numbers of one sample. */
export function sampleSize(data: DataSet): number {
  return elementCount(data.shape);
}

/** y = x·factor[c] + term[c], with c the last axis: (x·scale − mean) ÷ deviation. Rows of one number serve all channels. */
function affineOf(id: PreprocessId, channels: number): { readonly factor: Float64Array; readonly term: Float64Array } {
  const row = preprocessOf(id);
  const at = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c % list.length];
  const factor = new Float64Array(channels);
  const term = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    factor[c] = at(row.scale, c) / at(row.deviation, c);
    term[c] = -at(row.mean, c) / at(row.deviation, c);
  }
  return { factor, term };
}

/** Pixels have few values: each channel's results are looked up, so that every batch maker agrees to the bit. */
const tables = new Map<string, Float32Array>();

function tableOf(id: PreprocessId, channels: number, lowest: number): Float32Array {
  const key = `${id} ${channels} ${lowest}`;
  const known = tables.get(key);
  if (known) return known;
  const { factor, term } = affineOf(id, channels);
  const table = new Float32Array(channels * 256);
  for (let c = 0; c < channels; c++) for (let value = 0; value < 256; value++) table[c * 256 + value] = (value + lowest) * factor[c] + term[c];
  tables.set(key, table);
  return table;
}

/**
 * Writes the samples of the given indices one after the other, NHWC float32. `target` may be longer than they need.
 * A preprocessing of three channels needs three: `preprocessRefusal` says so beforehand.
 */
export function fillBatch(target: Float32Array, data: DataSet, split: SplitName, indices: ArrayLike<number>, preprocess: PreprocessId): void {
  const { images } = samplesOf(data, split);
  const size = sampleSize(data);
  const channels = data.shape[data.shape.length - 1];
  if (images instanceof Float32Array) {
    const { factor, term } = affineOf(preprocess, channels);
    for (let i = 0, to = 0; i < indices.length; i++) {
      const from = indices[i] * size;
      for (let k = 0, c = 0; k < size; k++, to++, c = c + 1 === channels ? 0 : c + 1) target[to] = images[from + k] * factor[c] + term[c];
    }
    return;
  }
  const lowest = images instanceof Int8Array ? -128 : 0;
  const table = tableOf(preprocess, channels, lowest);
  for (let i = 0, to = 0; i < indices.length; i++) {
    const from = indices[i] * size;
    for (let k = 0, row = 0; k < size; k++, to++) {
      target[to] = table[row + images[from + k] - lowest];
      row += 256;
      if (row === table.length) row = 0;
    }
  }
}

/** null where the preprocessing suits the data, otherwise the reason as a sentence. */
export function preprocessRefusal(id: PreprocessId, data: DataSet): string | null {
  const { mean, label, channels: only, divided } = preprocessOf(id);
  const channels = data.shape[data.shape.length - 1];
  const wanted = only ?? (mean.length > 1 ? mean.length : channels);
  if (wanted !== channels) return `${label} is for ${wanted} channel${wanted === 1 ? '' : 's'}; ${data.name} has ${channels}.`;
  return divided && !(data.test.images instanceof Float32Array) ? `${label} is for real numbers; ${data.name} has pixels.` : null;
}

/** Throws StudioError where a sample of the data is not what the network takes. */
export function checkFits(model: Model, data: DataSet): void {
  const { inputs, name } = model.graph;
  const [, ...wanted] = inputs[0].shape;
  const where = data.name;
  if (inputs.length !== 1) {
    throw new StudioError(`${name} has ${inputs.length} inputs; a data set feeds one.`, { where, next: 'Open a network with one input.' });
  }
  const flat = wanted.length === 1 && wanted[0] === sampleSize(data);
  const same = wanted.length === data.shape.length && wanted.every((size, axis) => size === data.shape[axis]);
  if (!flat && !same) {
    throw new StudioError(`${data.name} has samples of ${describeShape(data.shape)}, but ${name} takes ${describeShape(wanted)}.`, {
      where,
      next: `Open a data set whose samples are ${describeShape(wanted)} (height × width × channels).`,
    });
  }
  const classes = elementCount(outputShape(model));
  if (data.test.labels && classes < data.classes.length) {
    throw new StudioError(`${data.name} has ${data.classes.length} classes, but ${name} answers with ${classes} numbers.`, {
      where,
      next: 'Open the data set the network was trained on.',
    });
  }
}

function outputShape({ graph }: Model): readonly number[] {
  const [id] = graph.outputs;
  return graph.nodes.find((node) => node.id === id)?.shape ?? graph.inputs[0].shape;
}
