import { createRandom, type Random } from '../../../core/base/random.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import { writeOnnx, type OnnxNode, type OnnxTensor } from '../../fixtures/onnx-writer.ts';

/** Numbers that an operator is given: around 0, above 0 and away from it, or all different by far more than rounding. */
export type Filling = 'any' | 'positive' | 'distinct';

export interface CaseInput {
  readonly shape: readonly number[];
  readonly filling?: Filling;
}

/** Nodes that read inputs "x", "x1", … and initialisers by their own names, and make "y" (and more where `outputs` says so). */
export interface OperatorCase {
  readonly inputs: readonly CaseInput[];
  readonly nodes: readonly OnnxNode[];
  readonly initialisers?: Readonly<Record<string, OnnxTensor>>;
  readonly outputs?: readonly string[];
}

export interface NamedCase extends OperatorCase {
  readonly name: string;
}

export interface OperatorRow {
  /** Oldest and newest operator set that this form of it is made for. */
  readonly opsets: readonly [number, number];
  readonly make: (random: Random, opset: number) => OperatorCase;
}

const integers = (...values: number[]): OnnxTensor => ({ dims: [values.length], integers: values });

function numbers(random: Random, count: number, filling: Filling): Float32Array {
  if (filling === 'positive') return Float32Array.from({ length: count }, () => random.uniform(0.3, 3));
  if (filling === 'distinct') return Float32Array.from({ length: count }, (_, i) => ((i * 7919) % count) / count + random.uniform(0, 0.2 / count));
  return Float32Array.from({ length: count }, () => random.normal(0, random.chance(0.1) ? 4 : 1));
}

export interface Batch {
  readonly bytes: Uint8Array;
  readonly input: Float32Array;
  /** Shape of each case's outputs is not known before it runs; the order is that of the cases. */
  readonly outputs: readonly { readonly name: string; readonly output: string }[];
}

/**
 * Many cases as one network: each takes its part of one long input, and all results are outputs. Operators of the same set only,
 * since a file has one.
 */
export function batchOf(cases: readonly NamedCase[], opset: number, seed: number): Batch {
  const random = createRandom(seed);
  const nodes: OnnxNode[] = [];
  const initialisers: Record<string, OnnxTensor> = {};
  const parts: Float32Array[] = [];
  const outputs: { name: string; output: string }[] = [];
  let offset = 0;
  for (const [index, { name, inputs, nodes: own, initialisers: constants = {}, outputs: made = ['y'] }] of cases.entries()) {
    const named = (value: string): string => (value === '' ? '' : `c${index}.${value}`);
    for (const [i, { shape, filling = 'any' }] of inputs.entries()) {
      const count = elementCount(shape);
      const value = named(i === 0 ? 'x' : `x${i}`);
      const slice = { inputs: ['all'], outputs: [`${value}.flat`], op: 'Slice' };
      if (opset < 10) nodes.push({ ...slice, attributes: { starts: [offset], ends: [offset + count], axes: [1] } });
      else {
        Object.assign(initialisers, { [`${value}.starts`]: integers(offset), [`${value}.ends`]: integers(offset + count), [`${value}.axes`]: integers(1) });
        nodes.push({ ...slice, inputs: ['all', `${value}.starts`, `${value}.ends`, `${value}.axes`] });
      }
      initialisers[`${value}.shape`] = integers(...shape);
      nodes.push({ op: 'Reshape', inputs: [`${value}.flat`, `${value}.shape`], outputs: [value] });
      parts.push(numbers(random, count, filling));
      offset += count;
    }
    for (const [key, tensor] of Object.entries(constants)) initialisers[named(key)] = tensor;
    for (const [i, node] of own.entries()) nodes.push({ ...node, name: `c${index}.n${i}`, inputs: node.inputs.map(named), outputs: node.outputs.map(named) });
    for (const output of made) {
      initialisers['row'] = integers(1, -1);
      nodes.push({ op: 'Reshape', inputs: [named(output), 'row'], outputs: [`${named(output)}.row`] });
      outputs.push({ name, output: `${named(output)}.row` });
    }
  }
  const input = new Float32Array(offset);
  let at = 0;
  for (const part of parts) {
    input.set(part, at);
    at += part.length;
  }
  const bytes = writeOnnx({
    opset,
    domains: { 'com.microsoft': 1 },
    nodes,
    initialisers,
    inputs: [{ name: 'all', shape: [1, offset] }],
    outputs: outputs.map(({ output }) => ({ name: output, shape: ['n', `length of ${output}`] })),
  });
  return { bytes, input, outputs };
}
