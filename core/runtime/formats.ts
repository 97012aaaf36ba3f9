import { isLayer, type Graph, type GraphNode, type ValueId } from '../graph/graph.ts';
import { choiceOf } from '../schemes/layer-facts.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { BufferFormat } from './program.ts';

/** Operators that int8 passes through on its own grid: the result has the grid of the first input. */
const KEEPS_GRID = new Set<GraphNode['op']>([
  'max-pool',
  'average-pool',
  'global-average-pool',
  'reshape',
  'transpose',
  'slice',
  'pad',
  'identity',
]);
/** Operators with integer arithmetic on grids of their own. */
const REQUANTISES = new Set<GraphNode['op']>(['add']);

/** A layer and the nodes computed in the same step: batch norm and activation behind it. */
export interface Group {
  readonly head: GraphNode;
  readonly batchNorm: Extract<GraphNode, { op: 'batch-norm' }> | null;
  readonly low: number;
  readonly high: number;
  /** The value the group produces: id of its last node. */
  readonly result: ValueId;
}

const consumersByGraph = new WeakMap<Graph, ReadonlyMap<ValueId, readonly GraphNode[]>>();

/** Nodes that read a value, in graph order. Made once a graph. */
export function consumersOf(graph: Graph): ReadonlyMap<ValueId, readonly GraphNode[]> {
  let consumers = consumersByGraph.get(graph);
  if (!consumers) consumersByGraph.set(graph, (consumers = listByInput(graph.nodes, (node) => node.inputs)));
  return consumers;
}

function listByInput<T>(readers: readonly T[], inputsOf: (reader: T) => readonly ValueId[]): ReadonlyMap<ValueId, readonly T[]> {
  const lists = new Map<ValueId, T[]>();
  for (const reader of readers) {
    for (const input of new Set(inputsOf(reader))) {
      const list = lists.get(input);
      if (list) list.push(reader);
      else lists.set(input, [reader]);
    }
  }
  return lists;
}

function clipOf(node: GraphNode): readonly [number, number] | null {
  if (node.op === 'relu') return [0, Number.POSITIVE_INFINITY];
  if (node.op === 'clip') return [node.attributes.minimum, node.attributes.maximum];
  return null;
}

const groupsByGraph = new WeakMap<Graph, readonly Group[]>();

/** Splits the graph into groups, in order of their heads. Made once a graph. */
export function groupsOf(graph: Graph): readonly Group[] {
  let groups = groupsByGraph.get(graph);
  if (!groups) groupsByGraph.set(graph, (groups = makeGroups(graph)));
  return groups;
}

function makeGroups(graph: Graph): readonly Group[] {
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const taken = new Set<string>();
  const groups: Group[] = [];
  for (const head of graph.nodes) {
    if (taken.has(head.id)) continue;
    let result: GraphNode = head;
    let batchNorm: Group['batchNorm'] = null;
    let low = Number.NEGATIVE_INFINITY;
    let high = Number.POSITIVE_INFINITY;
    while ((isLayer(head) || head.op === 'add') && !outputs.has(result.id)) {
      const next: readonly GraphNode[] = consumers.get(result.id) ?? [];
      if (next.length !== 1) break;
      const [follower] = next;
      const clip = clipOf(follower);
      if (clip) {
        [low, high] = clip;
        result = follower;
        taken.add(follower.id);
        break;
      }
      if (follower.op !== 'batch-norm' || batchNorm || !isLayer(head)) break;
      batchNorm = follower;
      result = follower;
      taken.add(follower.id);
    }
    groups.push({ head, batchNorm, low, high, result: result.id });
  }
  return groups;
}

export interface Formats {
  /** How each group result and graph input is stored. */
  readonly stored: ReadonlyMap<ValueId, BufferFormat>;
  /** Whose calibrated grid a value stored as int8 has. */
  readonly gridSource: ReadonlyMap<ValueId, ValueId>;
}

/**
 * The layer whose thresholds make signs of `value`: its only reader, or the reader behind max pools, which take signs as
 * they are: the largest of a window passes a threshold iff one of them does.
 */
export function signReader(graph: Graph, value: ValueId): string {
  const reader = consumersOf(graph).get(value)?.[0];
  return reader?.op === 'max-pool' ? signReader(graph, reader.id) : (reader?.id ?? '');
}

interface Wiring {
  /** Groups that read a value. */
  readonly readers: ReadonlyMap<ValueId, readonly Group[]>;
  /** The group that makes a value. */
  readonly producers: ReadonlyMap<ValueId, Group>;
}

const wiringByGroups = new WeakMap<readonly Group[], Wiring>();

function wiringOf(groups: readonly Group[]): Wiring {
  let wiring = wiringByGroups.get(groups);
  if (!wiring) {
    wiring = { readers: listByInput(groups, (group) => group.head.inputs), producers: new Map(groups.map((group) => [group.result, group])) };
    wiringByGroups.set(groups, wiring);
  }
  return wiring;
}

/**
 * Decides, from the outputs back to the inputs, how every value is stored: int8 where all its readers are integer
 * layers or integer operators, signs where one xnor layer is its only reader, directly or behind max pools, and a layer
 * produces it, else float32.
 */
export function formatsOf(graph: Graph, plan: Plan, groups: readonly Group[], fuseSigns: boolean): Formats {
  const { readers, producers } = wiringOf(groups);
  const stored = new Map<ValueId, BufferFormat>();
  const demand = (reader: Group): BufferFormat => {
    const { head } = reader;
    if (head.op === 'max-pool' && stored.get(reader.result) === 'sign') return 'sign';
    if (isLayer(head)) {
      const { scheme, options } = choiceOf(plan, head.id);
      return SCHEMES[scheme].inputFormat(options);
    }
    const integer = KEEPS_GRID.has(head.op) || REQUANTISES.has(head.op);
    return integer && stored.get(reader.result) === 'int8' ? 'int8' : 'float32';
  };
  /** A layer, or max pools behind a layer that nothing else reads. */
  const makesSigns = ({ head }: Group): boolean => {
    if (isLayer(head)) return true;
    const source = head.op === 'max-pool' ? producers.get(head.inputs[0]) : undefined;
    return source !== undefined && readers.get(source.result)?.length === 1 && !graph.outputs.includes(source.result) && makesSigns(source);
  };
  const decide = (value: ValueId, producer: Group | null): void => {
    const demands = graph.outputs.includes(value) ? ['float32'] : (readers.get(value) ?? []).map(demand);
    const only = (format: BufferFormat): boolean => demands.length > 0 && demands.every((d) => d === format);
    if (fuseSigns && only('sign') && demands.length === 1 && producer && makesSigns(producer)) stored.set(value, 'sign');
    else if (demands.includes('int8') && !demands.includes('float32')) stored.set(value, 'int8');
    else stored.set(value, 'float32');
  };
  for (const group of groups.toReversed()) decide(group.result, group);
  for (const input of graph.inputs) stored.set(input.id, 'float32');

  const gridSource = new Map<ValueId, ValueId>();
  for (const input of graph.inputs) gridSource.set(input.id, input.id);
  for (const group of groups) {
    const { head, result } = group;
    const source = KEEPS_GRID.has(head.op) && stored.get(result) === 'int8' ? gridSource.get(head.inputs[0]) : undefined;
    gridSource.set(result, source ?? result);
  }
  return { stored, gridSource };
}
