import { StudioError } from '../base/errors.ts';
import { elementCount, type Graph, type Model, type Shape } from './graph.ts';
import { describeShape, equalShapes, inferShape, weightShapesOf } from './ops.ts';

const NEXT = 'The network is not consistent; open the original file again, and report the file if that does not help.';

/** Values that no `unknown` node takes part in: what the studio can compute. */
export function runnableValues(graph: Graph): ReadonlySet<string> {
  const runnable = new Set(graph.inputs.map((input) => input.id));
  for (const node of graph.nodes) {
    if (node.op !== 'unknown' && node.inputs.every((id) => runnable.has(id))) runnable.add(node.id);
  }
  return runnable;
}

/** Throws StudioError with node and reason for the first rule of the representation that the graph breaks. */
export function verify(graph: Graph): void {
  const fail = (where: string, reason: string): never => {
    throw new StudioError(`${where} ${reason}.`, { where, next: NEXT });
  };
  const shapes = new Map<string, Shape>();
  if (graph.inputs.length === 0) fail('The network', 'has no input');
  for (const { id, shape } of graph.inputs) {
    if (shapes.has(id)) fail(`Input "${id}"`, 'appears twice');
    if (shape.length === 0 || shape[0] !== 1 || !shape.every((size) => Number.isInteger(size) && size >= 1)) {
      fail(`Input "${id}"`, `has the shape ${describeShape(shape)}; a shape starts with 1 and has no empty dimension`);
    }
    shapes.set(id, shape);
  }
  for (const [id, { shape }] of Object.entries(graph.weights)) {
    if (!shape.every((size) => Number.isInteger(size) && size >= 1)) fail(`Weight "${id}"`, `has the shape ${describeShape(shape)}`);
  }
  const usedWeights = new Set<string>();
  for (const node of graph.nodes) {
    const where = `Layer "${node.id}" (${node.op})`;
    if (shapes.has(node.id)) fail(where, 'has a name that another value has already');
    for (const input of node.inputs) {
      if (!shapes.has(input)) fail(where, `reads "${input}", which is not computed before it`);
    }
    for (const [slot, id] of Object.entries(node.weights)) {
      if (!Object.hasOwn(graph.weights, id)) fail(where, `names the weight "${id}" for its ${slot}, which does not exist`);
      usedWeights.add(id);
    }
    if (node.op !== 'unknown') {
      const inferred = inferShape(node, node.inputs.map((id) => shapes.get(id) as Shape), weightShapesOf(node, graph.weights));
      if ('problem' in inferred) fail(where, inferred.problem);
      else if (!equalShapes(inferred.shape, node.shape)) {
        fail(where, `makes ${describeShape(inferred.shape)} but is declared as ${describeShape(node.shape)}`);
      }
    }
    shapes.set(node.id, node.shape);
  }
  const unused = Object.keys(graph.weights).find((id) => !usedWeights.has(id));
  if (unused !== undefined) fail(`Weight "${unused}"`, 'belongs to no layer');
  if (graph.outputs.length === 0) fail('The network', 'has no output');
  const runnable = runnableValues(graph);
  for (const id of graph.outputs) {
    if (!shapes.has(id)) fail(`Output "${id}"`, 'is not computed by any layer');
    if (!runnable.has(id)) fail(`Output "${id}"`, 'depends on an operator that the studio does not run');
  }
}

/** `verify`, and every weight is there, has the right length and only finite numbers; variances are not negative. */
export function verifyModel({ graph, weights }: Model): void {
  verify(graph);
  for (const node of graph.nodes) {
    for (const [slot, id] of Object.entries(node.weights)) {
      const values = weights.get(id);
      const expected = elementCount(graph.weights[id].shape);
      const where = `layer "${node.id}", ${slot}`;
      if (!values) throw new StudioError(`The ${slot} of layer "${node.id}" has no values.`, { where, next: NEXT });
      if (values.length !== expected) {
        throw new StudioError(`The ${slot} of layer "${node.id}" has ${values.length} values instead of ${expected}.`, { where, next: NEXT });
      }
      const bad = firstNotFinite(values);
      if (bad >= 0) {
        throw new StudioError(`The ${slot} of layer "${node.id}" is ${values[bad]} at index ${bad} of ${expected} (tensor "${id}").`, {
          where,
          next: 'The network was probably saved after its training diverged; open an earlier checkpoint of it.',
        });
      }
      if (node.op === 'batch-norm' && slot === 'variance') {
        const index = values.findIndex((value) => value + node.attributes.epsilon <= 0);
        if (index >= 0) {
          throw new StudioError(`The variance of layer "${node.id}" is ${values[index]} at index ${index}, so that its root does not exist.`, {
            where,
            next: 'Open an earlier checkpoint of the network.',
          });
        }
      }
    }
  }
}

function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
