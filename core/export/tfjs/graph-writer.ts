import { elementCount, type Shape } from '../../graph/graph.ts';

/** Attributes as TensorFlow's GraphDef has them in JSON; bytes are base64 there, 64-bit numbers text. */
export type Attribute =
  | { readonly type: 'DT_FLOAT' | 'DT_INT32' | 'DT_BOOL' }
  | { readonly i: string }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: string }
  | { readonly list: { readonly i: readonly string[] } }
  | { readonly shape: { readonly dim: readonly { readonly size: string }[] } };

export interface GraphDefNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute | { readonly tensor: unknown }>>;
}

/** One entry of `weightsManifest`; `value = byte · scale + min` where it is quantised. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32';
  readonly quantization?: { readonly dtype: 'uint8'; readonly scale: number; readonly min: number; readonly original_dtype: 'float32' };
}

export const FLOAT = { type: 'DT_FLOAT' } as const;
export const INT32 = { type: 'DT_INT32' } as const;

export const integers = (values: readonly number[]): Attribute => ({ list: { i: values.map(String) } });
export const flag = (value: boolean): Attribute => ({ b: value });
export const dims = (shape: readonly number[]): Attribute => ({ shape: { dim: shape.map((size) => ({ size: String(size) })) } });

/** Text as the JSON form of bytes. */
export function text(value: string): Attribute {
  return { s: btoa(value) };
}

function littleEndian(values: ArrayLike<number>, set: 'setFloat32' | 'setInt32'): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view[set](i * 4, values[i], true);
  return new Uint8Array(view.buffer);
}

/** TensorFlow's names: letters, digits and . _ / > -, none of the last four first. */
function validName(wanted: string): string {
  const name = wanted.replace(/[^A-Za-z0-9._/>-]/g, '_');
  return /^[A-Za-z0-9.]/.test(name) ? name : `n${name}`;
}

interface Owner {
  readonly nodes: GraphDefNode[];
  weightBytes: number;
}

/** Collects nodes and weights; every name is used once, and what a graph node takes is counted. */
export class GraphWriter {
  readonly weights: { readonly entry: WeightEntry; readonly bytes: Uint8Array }[] = [];
  private readonly written: GraphDefNode[] = [];
  private readonly names = new Set<string>();
  private readonly shared = new Map<string, string>();
  private readonly owners = new Map<string, Owner>();
  private owner = '';
  private firstOfStep = 0;

  get nodes(): readonly GraphDefNode[] {
    return this.written;
  }

  beginStep(node: string): void {
    this.owner = node;
    this.firstOfStep = this.written.length;
    if (!this.owners.has(node)) this.owners.set(node, { nodes: [], weightBytes: 0 });
  }

  /** A name that nothing else has. */
  claim(wanted: string): string {
    const base = validName(wanted);
    let name = base;
    for (let i = 2; this.names.has(name); i++) name = `${base}/${i}`;
    this.names.add(name);
    return name;
  }

  private append(node: GraphDefNode): string {
    this.written.push(node);
    this.owners.get(this.owner)?.nodes.push(node);
    return node.name;
  }

  placeholder(name: string, shape: readonly number[]): void {
    this.written.push({ name, op: 'Placeholder', input: [], attr: { dtype: FLOAT, shape: dims(shape) } });
  }

  /** A node on float32 values; gives the name of its result. */
  node(op: string, input: readonly string[], attr: Readonly<Record<string, Attribute>> = { T: FLOAT }): string {
    return this.append({ name: this.claim(`${this.owner}/${op}`), op, input, attr });
  }

  private store(name: string, entry: Omit<WeightEntry, 'name'>, bytes: Uint8Array): string {
    const dtype = entry.dtype === 'float32' ? FLOAT : INT32;
    const { shape: tensorShape } = dims(entry.shape) as { readonly shape: unknown };
    this.append({ name, op: 'Const', input: [], attr: { dtype, value: { tensor: { dtype: dtype.type, tensorShape } } } });
    this.weights.push({ entry: { name, ...entry }, bytes });
    const own = this.owners.get(this.owner);
    if (own) own.weightBytes += bytes.length;
    return name;
  }

  float32(role: string, shape: Shape, values: ArrayLike<number>): string {
    return this.store(this.claim(`${this.owner}/${role}`), { shape, dtype: 'float32' }, littleEndian(values, 'setFloat32'));
  }

  /** Sizes, axes and the like; the same numbers are stored once. */
  int32(role: string, values: readonly number[], shape: Shape = [values.length]): string {
    const key = `int32 ${shape.join('×')} ${values.join(' ')}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.store(this.claim(`shared/${role}`), { shape, dtype: 'int32' }, littleEndian(values, 'setInt32'));
    this.shared.set(key, name);
    return name;
  }

  /** Whole numbers from `min` to `min` + 255, one byte each: tfjs adds `min` when it loads them, which is exact. */
  wholeNumbers(role: string, shape: Shape, values: ArrayLike<number>, min: number): string {
    const bytes = Uint8Array.from({ length: elementCount(shape) }, (_, i) => values[i] - min);
    return this.store(this.claim(`${this.owner}/${role}`), { shape, dtype: 'float32', quantization: { dtype: 'uint8', scale: 1, min, original_dtype: 'float32' } }, bytes);
  }

  /** One number; the same number is stored once. */
  scalar(value: number): string {
    const key = `float32 ${Object.is(value, -0) ? '-0' : value}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.store(this.claim(`shared/${value}`), { shape: [], dtype: 'float32' }, littleEndian([value], 'setFloat32'));
    this.shared.set(key, name);
    return name;
  }

  /** Gives the value that a step ends with its final name; a value that the step's last node does not make is copied. */
  finish(value: string, name: string): void {
    const last = this.written.at(-1);
    if (this.written.length === this.firstOfStep || last?.name !== value || last.op === 'Const') {
      this.append({ name, op: 'Identity', input: [value], attr: { T: FLOAT } });
      return;
    }
    const renamed = { ...last, name };
    this.written[this.written.length - 1] = renamed;
    const own = this.owners.get(this.owner);
    if (own) own.nodes[own.nodes.length - 1] = renamed;
  }

  /** Bytes of weights, and of nodes as JSON, of everything written for a graph node. */
  bytesOf(node: string): number {
    const own = this.owners.get(node);
    return own ? own.weightBytes + own.nodes.reduce((sum, item) => sum + JSON.stringify(item).length + 1, 0) : 0;
  }
}
