import { StudioError } from '../../base/errors.ts';
import { isRecord, type Json } from '../keras/settings.ts';
import { fromFloat16 } from '../../base/float16.ts';
import type { TfjsFiles } from './files.ts';

/** A weight's numbers; integers too are below 2^24 wherever the studio reads them. */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Bytes of one number as it lies in a shard. */
const STORED_BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  float32: (view, at) => view.getFloat32(at, true),
  int32: (view, at) => view.getInt32(at, true),
  float16: (view, at) => fromFloat16(view.getUint16(at, true)),
  uint16: (view, at) => view.getUint16(at, true),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => view.getUint8(at),
};

/** Reads the manifest: every weight by its name, as tfjs would have it. */
export function readWeights({ name: file, model, shards }: TfjsFiles): ReadonlyMap<string, Constant> {
  const weights = new Map<string, Constant>();
  const groups = Array.isArray(model.weightsManifest) ? model.weightsManifest : [];
  for (const group of groups) {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw new StudioError(`The manifest of weights in ${file} has a group without paths and weights.`, { where: file, next: 'Convert or save the network again.' });
    }
    const bytes = shards(group.paths as readonly string[]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let offset = 0;
    for (const entry of group.weights) offset = readWeight(file, isRecord(entry) ? entry : {}, view, offset, weights);
  }
  return weights;
}

function readWeight(file: string, entry: Json, view: DataView, offset: number, weights: Map<string, Constant>): number {
  const name = String(entry.name);
  const fail = (reason: string): never => {
    throw new StudioError(`The weight "${name.slice(0, 80)}" of ${file} ${reason}.`, { where: `${file}, weightsManifest`, next: 'Convert the network again, or choose the files that belong together.' });
  };
  const { shape, quantization } = entry;
  const sizes = Array.isArray(shape) && shape.every((size): size is number => Number.isInteger(size) && size >= 0) ? shape : fail('has no shape');
  const quantised = isRecord(quantization) ? quantization : null;
  const type = String(quantised?.dtype ?? entry.dtype);
  const size = Object.hasOwn(STORED_BYTES, type) ? STORED_BYTES[type] : fail(`has numbers of the type "${type.slice(0, 20)}", which is not read`);
  const count = sizes.reduce((product, length) => product * length, 1);
  const left = view.byteLength - offset;
  // Before anything of that size is made.
  if (!(count * size <= left)) return fail(`needs ${count * size} bytes where its files have ${left} left`);
  const [scale, least] = quantised && type !== 'float16' ? [Number(quantised.scale), Number(quantised.min)] : [1, 0];
  if (!Number.isFinite(scale) || !Number.isFinite(least)) return fail('is quantised without a scale and a smallest number');
  const read = READERS[type];
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, offset + i * size) * scale + least;
  weights.set(name, { shape: sizes, values: quantised && entry.dtype === 'int32' ? values.map(Math.round) : values });
  return offset + count * size;
}
