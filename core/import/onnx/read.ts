import { StudioError } from '../../base/errors.ts';
import type { NamedFile } from '../../data/data-set.ts';
import type { ValueId } from '../../graph/graph.ts';
import type { Grid } from '../../quant/calibration.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import { createBuilder } from '../builder.ts';
import { NotRunnable, type ReadModel } from '../importer.ts';
import { foldConstant } from './constants.ts';
import { createContext, naturalOrder, plainOrder, type Findings, type Running } from './context.ts';
import { CONVERTERS } from './operators/index.ts';
import { readOnnx, type NodeProto, type OnnxFile, type ValueInfo } from './schema.ts';
import { readConstant, type Constant } from './tensor.ts';

/** Numbers that a file may compute from its constants: for each byte of it, and however small it is. */
const LARGEST_GROWTH = 16;
const LEAST_LIMIT = 2 ** 24;

/** @param beside files in which the numbers of its tensors may lie */
export function readOnnxModel({ name: fileName, bytes }: NamedFile, beside: readonly NamedFile[] = []): ReadModel {
  const file = readOnnx(fileName, bytes);
  const inputs = new Set<ValueId>();
  const findings: Findings = { inputs, whole: new Set(), notNegative: new Set(), signs: new Map(), plan: new Map<string, LayerChoice>(), grids: new Map<ValueId, Grid>(), notes: new Set() };
  const { notes } = findings;
  const builder = createBuilder(fileName);
  const running = new Map<string, Running>();
  const constants = new Map<string, Constant>();
  /** Values that an operator the studio does not know would have made, of a shape the file does not say. */
  const lost = new Set<string>();

  const constantOf = (value: string): Constant | null => {
    const known = constants.get(value);
    if (known) return known;
    const initialiser = file.initialisers.get(value);
    if (!initialiser) return null;
    const constant = readConstant(initialiser, beside);
    constants.set(value, constant);
    return constant;
  };

  for (const input of file.inputs) {
    if (file.initialisers.has(input.name)) continue;
    const value = readInput(file, input, builder.input, notes);
    inputs.add(value.id);
    if (WHOLE_TYPES.includes(input.elementType)) findings.whole.add(value.id);
    running.set(input.name, value);
  }

  const nameOf = namer(file);
  const given = beside.reduce((sum, other) => sum + other.bytes.length, bytes.length);
  const mostComputed = Math.max(LEAST_LIMIT, given * LARGEST_GROWTH);
  let computed = 0;
  for (const node of file.nodes) {
    if (node.inputs.some((input) => lost.has(input))) {
      for (const output of node.outputs) lost.add(output);
      continue;
    }
    const [output] = node.outputs;
    if (!output) continue;
    const name = nameOf(node);
    const convert = Object.hasOwn(CONVERTERS, node.opType) ? CONVERTERS[node.opType] : null;
    try {
      const folded = foldConstant(node, { beside, constant: (i) => (node.inputs[i] ? constantOf(node.inputs[i]) : null), runningShape: (i) => running.get(node.inputs[i])?.shape ?? null });
      if (folded) {
        computed += folded.values.length;
        if (computed > mostComputed) throw tooMany(fileName, name);
        constants.set(output, folded);
        continue;
      }
      if (!convert) throw new NotRunnable('');
      const made = convert(createContext(file, builder, node, name, running, constantOf, findings));
      const results = 'length' in made ? made : [made];
      const extra = node.outputs.slice(results.length).find((other) => other !== '' && isRead(file, other));
      if (extra !== undefined) throw new NotRunnable('more than one output');
      for (const [index, result] of results.entries()) {
        const value = node.outputs[index];
        if (!value) continue;
        if ('order' in result) running.set(value, result);
        else constants.set(value, result);
      }
    } catch (error) {
      if (!(error instanceof NotRunnable)) throw error;
      keepUnknown(node, name, error.message);
    }
  }
  if (findings.plan.size > 0) notes.add('Weights that are stored as codes are read as the numbers that these stand for.');
  if (findings.grids.size > 0) notes.add('The ranges of the values between the layers are those of the file.');
  const model = builder.build(file.name || fileName, outputIds());
  return { model, notes: [...notes], plan: Object.fromEntries(findings.plan), grids: Object.fromEntries(findings.grids) };

  function keepUnknown(node: NodeProto, name: string, reason: string): void {
    const from = node.inputs.flatMap((input) => running.get(input)?.id ?? []);
    for (const [index, value] of node.outputs.entries()) {
      if (value === '') continue;
      const shape = fixedShape(file.valueInfo.get(value)?.shape ?? null);
      const order = shape && naturalOrder(shape.length);
      const id = builder.addUnknown(index === 0 ? name : value, reason ? `${node.opType}: ${reason}` : node.opType, from, shape && order ? order.map((axis) => shape[axis]) : null);
      if (shape && order) running.set(value, { id, order, shape });
      else lost.add(value);
    }
  }

  function outputIds(): ValueId[] {
    const ids: ValueId[] = [];
    for (const { name } of file.outputs) {
      const value = running.get(name);
      if (!value) continue;
      const wanted = naturalOrder(value.shape.length);
      const permutation = wanted.map((axis) => value.order.indexOf(axis));
      const moved = permutation.some((axis, i) => axis !== i);
      ids.push(moved ? builder.add('transpose', { name: `${name}/transpose`, inputs: [value.id], attributes: { permutation } }) : value.id);
    }
    return ids;
  }
}

function tooMany(file: string, name: string): StudioError {
  return new StudioError(`Node "${name}" of ${file} computes more constants than the file has numbers for.`, { where: `${file}, node "${name}"`, next: 'Simplify the network with the tool that made it, so that its constants are stored.' });
}

/** The node's name, or its output's where the name is missing or not unique. */
function namer(file: OnnxFile): (node: NodeProto) => string {
  const uses = new Map<string, number>();
  for (const { name } of file.nodes) uses.set(name, (uses.get(name) ?? 0) + 1);
  return (node) => (node.name !== '' && uses.get(node.name) === 1 ? node.name : node.outputs[0]);
}

function isRead(file: OnnxFile, value: string): boolean {
  return file.outputs.some((output) => output.name === value) || file.nodes.some((node) => node.inputs.includes(value));
}

/** One sample: the batch, named or fixed, becomes 1. null where another size is open. */
function fixedShape(shape: ValueInfo['shape']): readonly number[] | null {
  if (!shape || shape.length === 0) return null;
  const [, ...rest] = shape;
  return rest.every((size) => size !== null) ? [1, ...(rest as number[])] : null;
}

/** Element types of inputs that are given as whole numbers: 8, 16, 32 and 64 bits. */
const WHOLE_TYPES: readonly number[] = [2, 3, 4, 5, 6, 7, 12, 13];

function readInput(file: OnnxFile, input: ValueInfo, create: (name: string, shape: readonly number[]) => ValueId, notes: Set<string>): Running {
  const where = `${file.file}, input "${input.name}"`;
  const shape = fixedShape(input.shape);
  if (!shape) {
    const stated = input.shape?.map((size) => size ?? '?').join('×') || 'nothing';
    throw new StudioError(`The input "${input.name}" of ${file.file} has no fixed size (the file says ${stated}).`, {
      where,
      next: 'Export the network with a fixed height, width and number of channels.',
    });
  }
  if (input.shape && input.shape[0] !== null && input.shape[0] > 1) notes.add(`The file is made for batches of ${input.shape[0]}; samples run one by one.`);
  // A network that turns its input from NHWC itself keeps it as it is.
  const readers = file.nodes.filter((node) => node.inputs.includes(input.name));
  const turned = readers.length > 0 && readers.every((node) => node.opType === 'Transpose');
  const order = turned ? plainOrder(shape.length) : naturalOrder(shape.length);
  return { id: create(input.name, order.map((axis) => shape[axis])), order, shape };
}
