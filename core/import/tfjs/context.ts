import { StudioError } from '../../base/errors.ts';
import type { OpAttributes, OpId, Shape, ValueId } from '../../graph/graph.ts';
import type { ModelBuilder, NewWeight } from '../builder.ts';
import { NotRunnable } from '../importer.ts';
import { isRecord, type Json } from '../keras/settings.ts';
import type { Constant } from './weights.ts';

/** A node of TensorFlow's GraphDef, inputs without control edges and output numbers of 0. */
export interface GraphNodeDef {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Json;
}

export type Value = { readonly id: ValueId } | Constant;

/** What an operator's reader is handed. */
export interface NodeContext {
  readonly builder: ModelBuilder;
  readonly name: string;
  readonly count: number;
  /** NotRunnable where the input is constant. */
  running(index: number): ValueId;
  shape(index: number): Shape;
  constant(index: number): Constant | null;
  /** A constant that the operator cannot do without. */
  needed(index: number, what: string): Constant;
  integer(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  flag(name: string): boolean;
  text(name: string, fallback: string): string;
  integers(name: string): readonly number[];
  texts(name: string): readonly string[];
  /** A node under the file's own name, or under it with a suffix. */
  add<K extends OpId>(op: K, from: readonly ValueId[], attributes: OpAttributes[K], weights?: Record<string, NewWeight | undefined>, suffix?: string): ValueId;
}

export type Converter = (context: NodeContext) => ValueId | Constant;

/** Text in JSON is base64, or a list of its bytes. */
function decodeText(value: unknown): string {
  if (Array.isArray(value)) return String.fromCharCode(...value.slice(0, 1000).map(Number));
  try {
    return atob(String(value));
  } catch {
    return '';
  }
}

function listOf(attribute: unknown, kind: 'i' | 's'): readonly unknown[] {
  const list = isRecord(attribute) ? attribute.list : null;
  const values = isRecord(list) ? list[kind] : null;
  return Array.isArray(values) ? values : [];
}

export function createContext(file: string, builder: ModelBuilder, node: GraphNodeDef, values: ReadonlyMap<string, Value>): NodeContext {
  const { name, inputs } = node;
  const attribute = (key: string): unknown => (Object.hasOwn(node.attributes, key) ? node.attributes[key] : undefined);
  const field = (key: string, kind: 'i' | 'f' | 'b' | 's'): unknown => {
    const found = attribute(key);
    return isRecord(found) ? found[kind] : undefined;
  };
  const valueAt = (index: number): Value => {
    const value = values.get(inputs[index]);
    if (value) return value;
    throw new StudioError(`Node "${name}" (${node.op}) of ${file} has no input ${index + 1}.`, { where: `${file}, node "${name}"`, next: 'Convert the network again.' });
  };
  const number = (stated: unknown, fallback: number): number => {
    const value = stated === undefined ? fallback : Number(stated);
    return Number.isFinite(value) ? value : fallback;
  };
  const context: NodeContext = {
    builder,
    name,
    count: inputs.length,
    running(index) {
      const value = valueAt(index);
      if ('id' in value) return value.id;
      throw new NotRunnable(`input ${index + 1} is a constant`);
    },
    shape: (index) => builder.shapeOf(context.running(index)),
    constant(index) {
      const value = valueAt(index);
      return 'id' in value ? null : value;
    },
    needed(index, what) {
      const constant = context.constant(index);
      if (constant) return constant;
      throw new NotRunnable(`${what} that is computed, not constant`);
    },
    integer: (key, fallback) => number(field(key, 'i'), fallback),
    float: (key, fallback) => number(field(key, 'f'), fallback),
    flag: (key) => field(key, 'b') === true,
    text: (key, fallback) => {
      const stated = field(key, 's');
      return stated === undefined ? fallback : decodeText(stated);
    },
    integers: (key) => listOf(attribute(key), 'i').map(Number),
    texts: (key) => listOf(attribute(key), 's').map(decodeText),
    add: (op, from, attributes, weights, suffix = '') => builder.addFitting(op, { name: `${name}${suffix}`, inputs: from, attributes, weights }),
  };
  return context;
}
