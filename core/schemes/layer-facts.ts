import { elementCount, layersOf, nodesById, type Graph, type LayerNode } from '../graph/graph.ts';
import { SCHEMES, SCHEME_IDS } from './index.ts';
import type { LayerChoice, LayerFacts, Plan, SchemeId } from './scheme.ts';
import { initialValues, type OptionValues } from '../quant/fields.ts';

/** Operators between the network's input and its first layer that do not make it a later one. */
const PASS_THROUGH = new Set(['identity', 'reshape', 'transpose', 'pad', 'slice']);

function readsInput(graph: Graph, valueId: string): boolean {
  if (graph.inputs.some((input) => input.id === valueId)) return true;
  const producer = nodesById(graph).get(valueId);
  return producer !== undefined && PASS_THROUGH.has(producer.op) && readsInput(graph, producer.inputs[0]);
}

const factsByGraph = new WeakMap<Graph, WeakMap<LayerNode, LayerFacts>>();

/** Made once a layer of a graph: the size of a plan asks for them at every keystroke. */
export function layerFacts(graph: Graph, node: LayerNode): LayerFacts {
  let table = factsByGraph.get(graph);
  if (!table) factsByGraph.set(graph, (table = new WeakMap()));
  let facts = table.get(node);
  if (!facts) table.set(node, (facts = makeFacts(graph, node)));
  return facts;
}

function makeFacts(graph: Graph, node: LayerNode): LayerFacts {
  const kernelShape = graph.weights[node.weights['kernel']].shape;
  const outputChannels = node.op === 'depthwise-conv2d' ? kernelShape[2] * kernelShape[3] : kernelShape[kernelShape.length - 1];
  return {
    op: node.op,
    kernelShape,
    outputChannels,
    fanIn: elementCount(kernelShape) / outputChannels,
    isFirst: readsInput(graph, node.inputs[0]),
  };
}

export interface ResolvedChoice {
  readonly scheme: SchemeId;
  readonly options: OptionValues;
}

/** The choice of a layer with every option filled in. */
export function choiceOf(plan: Plan, layer: string): ResolvedChoice {
  return resolved(plan[layer]);
}

const plainChoices = Object.fromEntries(
  SCHEME_IDS.map((scheme) => [scheme, { scheme, options: initialValues(SCHEMES[scheme].options) }]),
) as Readonly<Record<SchemeId, ResolvedChoice>>;
const resolvedChoices = new WeakMap<LayerChoice, ResolvedChoice>();

function resolved(choice: LayerChoice | undefined): ResolvedChoice {
  if (choice?.options === undefined) return plainChoices[choice?.scheme ?? 'float32'];
  let found = resolvedChoices.get(choice);
  if (!found) {
    found = { scheme: choice.scheme, options: { ...plainChoices[choice.scheme].options, ...choice.options } };
    resolvedChoices.set(choice, found);
  }
  return found;
}

/** Whether any layer has integer weights, so that calibration is needed. */
export function isQuantised(graph: Graph, plan: Plan): boolean {
  return layersOf(graph).some(({ id }) => SCHEMES[choiceOf(plan, id).scheme].weights !== null);
}

/** Equal for choices that mean the same: options that are left out are as they are initially, in any order. */
export function choiceText(choice: LayerChoice | undefined): string {
  const { scheme, options } = resolved(choice);
  return JSON.stringify([scheme, Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** For each scheme: null where the layer can take it, otherwise the reason. */
export function refusalsOf(graph: Graph, node: LayerNode): Readonly<Record<SchemeId, string | null>> {
  const facts = layerFacts(graph, node);
  return Object.fromEntries(SCHEME_IDS.map((id) => [id, SCHEMES[id].refusal(facts)])) as Record<SchemeId, string | null>;
}
