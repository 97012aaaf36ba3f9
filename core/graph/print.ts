import { StudioError } from '../base/errors.ts';
import { sha256 } from '../base/hash.ts';
import type { Graph, GraphNode, Model, Shape } from './graph.ts';
import { OPS } from './ops.ts';

/** Ids in one order everywhere, whatever the machine's language is. */
export function canonicalWeightIds(graph: Graph): readonly string[] {
  return Object.keys(graph.weights).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Canonical text of a graph, one line an item:
 *
 *     graph "name"
 *     input "image" [1,28,28,1]
 *     weight "conv/kernel" [3,3,1,8]
 *     node "conv" conv2d ["image"] {"dilationX":1,…} {"kernel":"conv/kernel"} [1,28,28,8]
 *     output "conv"
 */
export function print(graph: Graph): string {
  const lines = [
    `graph ${JSON.stringify(graph.name)}`,
    ...graph.inputs.map(({ id, shape }) => `input ${JSON.stringify(id)} ${JSON.stringify(shape)}`),
    ...canonicalWeightIds(graph).map((id) => `weight ${JSON.stringify(id)} ${JSON.stringify(graph.weights[id].shape)}`),
    ...graph.nodes.map(printNode),
    ...graph.outputs.map((id) => `output ${JSON.stringify(id)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function printNode(node: GraphNode): string {
  const parts = [node.inputs, sorted(node.attributes), sorted(node.weights), node.shape];
  return `node ${JSON.stringify(node.id)} ${node.op} ${parts.map((part) => JSON.stringify(part)).join(' ')}`;
}

function sorted(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const NEXT = 'The text is damaged or was not written by the studio.';

/** Reads what `print` wrote. The result is not verified. */
export function parse(text: string): Graph {
  let name: string | null = null;
  const inputs: { id: string; shape: Shape }[] = [];
  const nodes: GraphNode[] = [];
  const outputs: string[] = [];
  const weights: Record<string, { shape: Shape }> = {};
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const fail = (reason: string): never => {
      throw new StudioError(`Line ${index + 1} of the graph's text ${reason}: "${line.slice(0, 80)}".`, { where: `line ${index + 1}`, next: NEXT });
    };
    const { keyword, op, values } = tokens(line) ?? fail('cannot be read');
    const [first, ...rest] = values;
    if (typeof first !== 'string') return fail('has no name');
    if (keyword === 'graph' && rest.length === 0) name = first;
    else if (keyword === 'input' && rest.length === 1 && isShape(rest[0])) inputs.push({ id: first, shape: rest[0] });
    else if (keyword === 'weight' && rest.length === 1 && isShape(rest[0])) weights[first] = { shape: rest[0] };
    else if (keyword === 'output' && rest.length === 0) outputs.push(first);
    else if (keyword === 'node' && op !== null && rest.length === 4) {
      if (!Object.hasOwn(OPS, op)) fail(`has the operator "${op}", which does not exist`);
      const [from, attributes, weightIds, shape] = rest;
      if (!isStrings(from) || !isRecord(attributes) || !isRecord(weightIds) || !isStrings(Object.values(weightIds)) || !isShape(shape)) {
        return fail('is not a node');
      }
      // Attributes are checked by `verify`, which reads them by operator.
      nodes.push({ id: first, op, inputs: from, attributes, weights: weightIds, shape } as unknown as GraphNode);
    } else fail('is not a graph, input, weight, node or output');
  }
  if (name === null) {
    throw new StudioError('The text has no line that names the graph.', { where: 'line 1', next: NEXT });
  }
  return { name, inputs, nodes, outputs, weights };
}

/** Splits `word "string" word? json json …`. */
function tokens(line: string): { keyword: string; op: string | null; values: unknown[] } | null {
  const head = /^([a-z]+) ("(?:[^"\\]|\\.)*")(?: ([a-z0-9-]+)(?= ))?(.*)$/.exec(line);
  if (!head) return null;
  const values: unknown[] = [];
  try {
    values.push(JSON.parse(head[2]));
    for (const part of splitJson(head[4])) values.push(JSON.parse(part));
  } catch {
    return null;
  }
  return { keyword: head[1], op: head[3] ?? null, values };
}

/** Parts of a line at the spaces outside of strings; the values are printed without any other space. */
function splitJson(text: string): string[] {
  return text.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
}

const isShape = (value: unknown): value is Shape => Array.isArray(value) && value.every((size) => Number.isInteger(size));
const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
const isRecord = (value: unknown): value is Record<string, string> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bytes of a weight as float32, little-endian. Every machine the studio runs on is little-endian. */
export function weightBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** SHA-256 over the canonical text and the weights in canonical order. */
export function hashModel({ graph, weights }: Model): string {
  return sha256(print(graph), ...canonicalWeightIds(graph).map((id) => weightBytes(weights.get(id) as Float32Array)));
}
