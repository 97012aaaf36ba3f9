import type { TfliteOperator, TfliteOption, TfliteQuantization, TfliteTensor, TfliteType } from '../../tflite/model.ts';
import { versionOf } from './versions.ts';

/** What an operator makes. */
export interface ValueSpec {
  readonly shape: readonly number[];
  readonly type: TfliteType;
  readonly quantization?: TfliteQuantization | null;
}

type Options = Readonly<Record<string, TfliteOption>>;

/** One scale and zero point for the whole tensor. */
export function perTensor(scale: number, zeroPoint: number): TfliteQuantization {
  return { scale: Float32Array.of(scale), zeroPoint: Int32Array.of(zeroPoint), axis: 0 };
}

/** One scale a slice of the axis, zero points 0. */
export function perChannel(scale: Float32Array, axis: number): TfliteQuantization {
  return { scale, zeroPoint: new Int32Array(scale.length), axis };
}

/** Signs are −1 and 1. */
export const SIGN_GRID = perTensor(1, 0);

function bytesOf(type: TfliteType, values: ArrayLike<number>): Uint8Array {
  if (type === 'INT4') {
    const packed = new Uint8Array(Math.ceil(values.length / 2));
    for (let i = 0; i < values.length; i++) packed[i >> 1] |= (values[i] & 15) << ((i & 1) * 4);
    return packed;
  }
  if (type === 'INT8') return Uint8Array.from(values, (value) => value & 0xff);
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) {
    if (type === 'FLOAT32') view.setFloat32(i * 4, values[i], true);
    else view.setInt32(i * 4, values[i], true);
  }
  return new Uint8Array(view.buffer);
}

/** Collects tensors, buffers and operators; what a graph node takes is counted. */
export class ModelBuilder {
  readonly tensors: TfliteTensor[] = [];
  /** By convention the first is empty: that of everything which is computed. */
  readonly buffers: Uint8Array[] = [new Uint8Array(0)];
  readonly operators: TfliteOperator[] = [];
  private owner = '';
  private firstOwn = 0;
  private readonly names = new Set<string>();
  private readonly shared = new Map<string, number>();
  private readonly bytes = new Map<string, number>();

  beginStep(node: string): void {
    this.owner = node;
    this.firstOwn = this.operators.length;
  }

  /** A name that no other tensor has. */
  claim(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}/${i}`;
    this.names.add(name);
    return name;
  }

  value(name: string, { shape, type, quantization = null }: ValueSpec): number {
    this.tensors.push({ name, shape, type, buffer: 0, quantization });
    return this.tensors.length - 1;
  }

  shapeOf(tensor: number): readonly number[] {
    return this.tensors[tensor].shape;
  }

  typeOf(tensor: number): TfliteType {
    return this.tensors[tensor].type;
  }

  gridOf(tensor: number): TfliteQuantization | null {
    return this.tensors[tensor].quantization;
  }

  constant(role: string, spec: ValueSpec, values: ArrayLike<number>): number {
    const bytes = bytesOf(spec.type, values);
    this.buffers.push(bytes);
    this.bytes.set(this.owner, (this.bytes.get(this.owner) ?? 0) + bytes.length);
    this.tensors.push({ name: this.claim(`${this.owner}/${role}`), shape: spec.shape, type: spec.type, buffer: this.buffers.length - 1, quantization: spec.quantization ?? null });
    return this.tensors.length - 1;
  }

  /** Whole numbers such as shapes and axes; the same ones are stored once. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.once(`integers ${shape.join('×')}`, { shape, type: 'INT32' }, values);
  }

  scalar(value: number): number {
    return this.once('scalar', { shape: [], type: 'FLOAT32' }, [value]);
  }

  /** One 8-bit code on a grid. */
  code(value: number, quantization: TfliteQuantization): number {
    return this.once(`code ${quantization.scale[0]} ${quantization.zeroPoint[0]}`, { shape: [], type: 'INT8', quantization }, [value]);
  }

  private once(kind: string, spec: ValueSpec, values: readonly number[]): number {
    const key = `${kind}: ${values.map((value) => (Object.is(value, -0) ? '-0' : value)).join(' ')}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    this.buffers.push(bytesOf(spec.type, values));
    this.tensors.push({ name: this.claim(key), shape: spec.shape, type: spec.type, buffer: this.buffers.length - 1, quantization: spec.quantization ?? null });
    this.shared.set(key, this.tensors.length - 1);
    return this.tensors.length - 1;
  }

  /** Appends a built-in operator; gives its result. */
  op(op: string, inputs: readonly number[], result: ValueSpec, options: Options = {}): number {
    const output = this.value(this.claim(`${this.owner}/${op}`), result);
    const types = inputs.map((input) => (input < 0 ? 'FLOAT32' : this.tensors[input].type));
    this.operators.push({ op, custom: false, version: versionOf(op, types, options), inputs, outputs: [output], options, customOptions: null });
    return output;
  }

  /** Appends a custom operator; gives its result. */
  custom(op: string, inputs: readonly number[], result: ValueSpec, customOptions: Uint8Array | null): number {
    const output = this.value(this.claim(`${this.owner}/${op}`), result);
    this.operators.push({ op, custom: true, version: 1, inputs, outputs: [output], options: {}, customOptions });
    return output;
  }

  /** Lets the step's last operator write the tensor of the program's value; a value that no operator of the step makes is copied. */
  finish(value: number, target: number): void {
    const last = this.operators.at(-1);
    if (this.operators.length === this.firstOwn || last?.outputs[0] !== value) {
      const { shape, type, quantization } = this.tensors[target];
      this.finish(this.op('RESHAPE', [value, this.integers([...shape])], { shape, type, quantization }, { new_shape: [...shape] }), target);
      return;
    }
    this.operators[this.operators.length - 1] = { ...last, outputs: [target] };
    // The tensor that the operator was made with is the last of all: nothing reads it.
    if (value === this.tensors.length - 1) {
      this.names.delete(this.tensors[value].name);
      this.tensors.pop();
    }
  }

  /** Bytes of the numbers that are stored for a graph node. */
  bytesOf(node: string): number {
    return this.bytes.get(node) ?? 0;
  }
}
