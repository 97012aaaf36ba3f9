import { StudioError } from '../base/errors.ts';
import { elementCount, type Graph, type GraphInput, type GraphNode, type Model, type OpAttributes, type OpId, type Shape, type ValueId } from '../graph/graph.ts';
import { describeShape, inferShape } from '../graph/ops.ts';
import { runnableValues } from '../graph/verify.ts';
import { NotRunnable } from './importer.ts';

export interface NewWeight {
  readonly shape: Shape;
  readonly values: Float32Array;
}

export interface NewNode<K extends OpId> {
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly attributes: OpAttributes[K];
  readonly weights?: Readonly<Record<string, NewWeight | undefined>>;
}

/** Collects the nodes of a network while a file is read. Shapes are inferred; what does not fit is refused by name. */
export interface ModelBuilder {
  /** The name, or the name with a number where it is taken. */
  uniqueId(name: string): string;
  input(name: string, shape: Shape): ValueId;
  add<K extends OpId>(op: K, node: NewNode<K>): ValueId;
  /** The same; NotRunnable where its parts do not fit together, so that it becomes a node that is not run. */
  addFitting<K extends OpId>(op: K, node: NewNode<K>): ValueId;
  /** An empty shape where the file does not say it; nothing can then read the value. */
  addUnknown(name: string, sourceOp: string, inputs: readonly ValueId[], shape: Shape | null): ValueId;
  shapeOf(id: ValueId): Shape;
  /** Outputs that cannot be run, or that were never made, are replaced by the last value that can. */
  build(name: string, outputs: readonly ValueId[]): Model;
}

/** Largest value a network may have: 2^28 numbers are 1 GiB of float32. */
const LARGEST_VALUE = 2 ** 28;

export function createBuilder(file: string): ModelBuilder {
  const inputs: GraphInput[] = [];
  const nodes: GraphNode[] = [];
  const shapes = new Map<ValueId, Shape>();
  const weightShapes: Record<string, { shape: Shape }> = {};
  const weights = new Map<string, Float32Array>();

  const fail = (name: string, reason: string): never => {
    throw new StudioError(`Layer "${name}" of ${file} ${reason}.`, {
      where: `${file}, layer "${name}"`,
      next: 'Export the network again, with fixed shapes.',
    });
  };
  const checkSize = (name: string, shape: Shape): void => {
    if (elementCount(shape) > LARGEST_VALUE) fail(name, `makes a value of ${describeShape(shape)}, which is too large to run`);
  };
  const put = <K extends OpId>(op: K, node: NewNode<K>, misfit: (id: string, problem: string) => never): ValueId => {
    const id = builder.uniqueId(node.name);
    const given = Object.entries(node.weights ?? {}).filter((entry): entry is [string, NewWeight] => entry[1] !== undefined);
    const bySlot = Object.fromEntries(given.map(([slot, weight]) => [slot, weight.shape]));
    const candidate = { op, attributes: node.attributes } as Pick<GraphNode, 'op' | 'attributes'>;
    const inferred = inferShape(candidate, node.inputs.map(builder.shapeOf), bySlot);
    if ('problem' in inferred) return misfit(id, inferred.problem);
    checkSize(id, inferred.shape);
    const ids: Record<string, string> = {};
    for (const [slot, weight] of given) {
      ids[slot] = `${id}/${slot}`;
      weightShapes[ids[slot]] = { shape: weight.shape };
      weights.set(ids[slot], weight.values);
    }
    shapes.set(id, inferred.shape);
    nodes.push({ id, ...candidate, inputs: node.inputs, weights: ids, shape: inferred.shape } as GraphNode);
    return id;
  };
  const builder: ModelBuilder = {
    uniqueId(name) {
      // Ids are keys of plain objects: names that every object has ("constructor", "__proto__") are replaced.
      const base = name === '' || name in {} ? `layer_${nodes.length + 1}` : name;
      let id = base;
      for (let n = 1; shapes.has(id); n++) id = `${base}_${n}`;
      return id;
    },
    input(name, shape) {
      const id = builder.uniqueId(name);
      checkSize(name, shape);
      inputs.push({ id, shape });
      shapes.set(id, shape);
      return id;
    },
    add: (op, node) => put(op, node, (id, problem) => fail(id, `(${op}) ${problem}`)),
    addFitting: (op, node) =>
      put(op, node, (_, problem) => {
        throw new NotRunnable(problem);
      }),
    addUnknown(name, sourceOp, from, shape) {
      const id = builder.uniqueId(name);
      if (shape) checkSize(id, shape);
      shapes.set(id, shape ?? []);
      nodes.push({ id, op: 'unknown', inputs: from, attributes: { sourceOp }, weights: {}, shape: shape ?? [] });
      return id;
    },
    shapeOf(id) {
      const shape = shapes.get(id);
      return shape ?? fail(id, 'is read before it is made');
    },
    build(name, wanted) {
      const graph: Graph = { name, inputs, nodes, outputs: wanted, weights: weightShapes };
      const runnable = runnableValues(graph);
      if (wanted.length > 0 && wanted.every((id) => runnable.has(id))) return { graph, weights };
      const lastRunnable = nodes.filter((node) => runnable.has(node.id)).at(-1);
      if (!lastRunnable) {
        const first = nodes[0];
        throw new StudioError(
          first
            ? `${file} starts with "${first.id}", an operator that the studio does not run${first.op === 'unknown' ? ` (${first.attributes.sourceOp})` : ''}.`
            : `${file} holds no layers.`,
          { where: file, next: 'Open a network of convolutions, dense layers, pooling and activations.' },
        );
      }
      return { graph: { ...graph, outputs: [lastRunnable.id] }, weights };
    },
  };
  return builder;
}
