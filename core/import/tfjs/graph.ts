import { StudioError } from '../../base/errors.ts';
import { createBuilder, type ModelBuilder } from '../builder.ts';
import { NotRunnable, type ReadModel } from '../importer.ts';
import { isRecord, type Json } from '../keras/settings.ts';
import { createContext, type GraphNodeDef, type Value } from './context.ts';
import { CONVERTERS } from './operators/index.ts';
import type { Constant } from './weights.ts';

/** "name:0" is the first result, under the node's own name; "^name" only orders work. */
const cleaned = (input: string): string => input.replace(/:0$/, '');

function readNode(file: string, json: unknown): GraphNodeDef {
  if (!isRecord(json) || typeof json.name !== 'string' || typeof json.op !== 'string') {
    throw new StudioError(`${file} has a node without a name and an operator.`, { where: `${file}, modelTopology`, next: 'Convert the network again.' });
  }
  const inputs = Array.isArray(json.input) ? json.input.map(String).filter((input) => !input.startsWith('^')) : [];
  return { name: json.name, op: json.op, inputs: inputs.map(cleaned), attributes: isRecord(json.attr) ? json.attr : {} };
}

/** The nodes so that each stands behind those that it reads. */
function inOrder(file: string, nodes: readonly GraphNodeDef[]): readonly GraphNodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const makerOf = (input: string): GraphNodeDef | undefined => byName.get(input) ?? byName.get(input.replace(/:\d+$/, ''));
  const readers = new Map<GraphNodeDef, GraphNodeDef[]>();
  const open = new Map<GraphNodeDef, number>();
  const ready: GraphNodeDef[] = [];
  for (const node of nodes) {
    const makers = node.inputs.map((input) => {
      const maker = makerOf(input);
      if (maker) return maker;
      throw new StudioError(`Node "${node.name}" of ${file} reads "${input}", which nothing makes.`, { where: `${file}, node "${node.name}"`, next: 'Convert the network again.' });
    });
    for (const maker of makers) {
      const list = readers.get(maker);
      if (list) list.push(node);
      else readers.set(maker, [node]);
    }
    open.set(node, makers.length);
    if (makers.length === 0) ready.push(node);
  }
  for (let i = 0; i < ready.length; i++) {
    for (const reader of readers.get(ready[i]) ?? []) {
      const left = open.get(reader)! - 1;
      open.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  if (ready.length < nodes.length) throw new StudioError(`The nodes of ${file} read one another in a circle.`, { where: `${file}, modelTopology`, next: 'Convert the network again; loops cannot be read.' });
  // Nodes keep the file's order wherever that works, so that layers are listed as they were made.
  const place = new Map(nodes.map((node, i) => [node, i]));
  const isOrdered = nodes.every((node, i) => node.inputs.every((input) => place.get(makerOf(input)!)! < i));
  return isOrdered ? nodes : ready;
}

function dimsOf(shape: unknown): readonly number[] | null {
  const dims = isRecord(shape) ? shape.dim : null;
  return Array.isArray(dims) ? dims.map((dim) => (isRecord(dim) ? Number(dim.size) : Number.NaN)) : null;
}

/** Values of the network's border by node, with the shape that the signature states. */
function signatureOf(model: Json, side: 'inputs' | 'outputs'): ReadonlyMap<string, readonly number[] | null> {
  const stated = [model.signature, isRecord(model.userDefinedMetadata) ? model.userDefinedMetadata.signature : null].find(isRecord);
  const entries = isRecord(stated?.[side]) ? Object.entries(stated[side]) : [];
  return new Map(entries.map(([key, entry]) => (isRecord(entry) ? [cleaned(String(entry.name ?? key)), dimsOf(entry.tensorShape)] : [key, null])));
}

function addInput(file: string, builder: ModelBuilder, { name, attributes }: GraphNodeDef, stated: readonly number[] | null): Value {
  const shape = stated ?? dimsOf(isRecord(attributes.shape) ? attributes.shape.shape : null);
  const sizes = shape?.slice(1) ?? [];
  if (sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size >= 1)) return { id: builder.input(name, [1, ...sizes]) };
  throw new StudioError(`The input "${name}" of ${file} has no fixed size (the file says ${shape ? shape.join('×') : 'nothing'}).`, { where: `${file}, node "${name}"`, next: 'Convert the network with a fixed height, width and number of channels.' });
}

/** A graph model: nodes of TensorFlow, weights by the names of Const nodes. */
export function readGraph(file: string, model: Json, list: readonly unknown[], weights: ReadonlyMap<string, Constant>): ReadModel {
  const nodes = inOrder(file, list.map((json) => readNode(file, json)));
  const builder = createBuilder(file);
  const values = new Map<string, Value>();
  const inputShapes = signatureOf(model, 'inputs');
  for (const node of nodes) {
    // What reads something that is not known is not known either.
    if (node.inputs.some((input) => !values.has(input))) continue;
    const value = node.op === 'Placeholder' ? addInput(file, builder, node, inputShapes.get(node.name) ?? null) : node.op === 'Const' ? constantOf(file, node, weights) : read(node);
    if (value) values.set(node.name, value);
  }
  const isRead = new Set(nodes.flatMap(({ inputs }) => inputs));
  const named = [...signatureOf(model, 'outputs').keys()];
  const wanted = named.length > 0 ? named : nodes.filter(({ name }) => !isRead.has(name)).map(({ name }) => name);
  const outputs = wanted.flatMap((name) => {
    const value = values.get(name);
    return value && 'id' in value ? [value.id] : [];
  });
  return { model: builder.build(file.split(/[/\\]/).at(-2) ?? 'network', outputs.length === wanted.length ? outputs : []), notes: [] };

  function read(node: GraphNodeDef): Value | null {
    try {
      const converter = Object.hasOwn(CONVERTERS, node.op) ? CONVERTERS[node.op] : null;
      if (!converter) throw new NotRunnable('');
      const made = converter(createContext(file, builder, node, values));
      return typeof made === 'string' ? { id: made } : made;
    } catch (error) {
      if (!(error instanceof NotRunnable)) throw error;
      const from = node.inputs.flatMap((input) => {
        const value = values.get(input);
        return value && 'id' in value ? [value.id] : [];
      });
      // What is made of constants alone is no part of the network's graph.
      if (from.length > 0) builder.addUnknown(node.name, error.message ? `${node.op}: ${error.message}` : node.op, from, null);
      return null;
    }
  }
}

function constantOf(file: string, { name }: GraphNodeDef, weights: ReadonlyMap<string, Constant>): Constant {
  const constant = weights.get(name);
  if (constant) return constant;
  throw new StudioError(`The manifest of ${file} has no weight "${name}".`, { where: `${file}, node "${name}"`, next: 'Convert the network again.' });
}
