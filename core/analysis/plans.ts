import { StudioError } from '../base/errors.ts';
import { layersOf, type Graph, type LayerNode, type NodeId } from '../graph/graph.ts';
import { checkValues, type OptionValues } from '../quant/fields.ts';
import { SCHEME_IDS, SCHEMES, isSchemeId } from '../schemes/index.ts';
import { layerFacts } from '../schemes/layer-facts.ts';
import type { LayerChoice, Plan, SchemeId } from '../schemes/scheme.ts';

export interface PlannedNetwork {
  readonly plan: Plan;
  /** Layers that could not take what was asked for, and what they got instead. */
  readonly fallbacks: readonly { readonly layer: NodeId; readonly asked: SchemeId; readonly given: SchemeId; readonly reason: string }[];
}

/**
 * One precision for the middle layers and int8 for the first and the last, which lose most at few bits. float32 leaves
 * every layer as it is. A layer that refuses falls back to int8, then to float32.
 */
export function planUniformly(graph: Graph, scheme: SchemeId): PlannedNetwork {
  const layers = layersOf(graph);
  const ends = new Set([layers[0]?.id, layers.at(-1)?.id]);
  const isEnd = (layer: LayerNode): boolean => scheme !== 'float32' && (ends.has(layer.id) || layerFacts(graph, layer).isFirst);
  return planEach(graph, (layer) => ({ scheme: isEnd(layer) ? 'int8' : scheme }));
}

export function uniformPlan(graph: Graph, scheme: SchemeId): Plan {
  return planUniformly(graph, scheme).plan;
}

/**
 * A plan as a file says it: `{ "layers": { name: scheme or { "scheme", "options" } }, "default": scheme }`. A layer that
 * is named and cannot take its scheme is an error; one that only gets the default falls back. Without a default the
 * layers that are not named stay float32.
 */
export function planFromJson(graph: Graph, json: unknown, fileName: string): PlannedNetwork {
  const fail = (message: string, next = 'Correct the plan and run again.'): never => {
    throw new StudioError(message, { where: fileName, next });
  };
  if (!isRecord(json)) return fail('The plan is not a JSON object.');
  const unknown = Object.keys(json).find((key) => key !== 'layers' && key !== 'default');
  if (unknown !== undefined) return fail(`The plan has a field "${unknown}"; it has "layers" and "default".`);
  const { layers: named = {}, default: rest = 'float32' } = json;
  if (!isRecord(named)) return fail('"layers" of the plan is not an object.');
  if (typeof rest !== 'string' || !isSchemeId(rest)) return fail(unknownScheme(rest, 'The default'));
  const layers = layersOf(graph);
  const absent = Object.keys(named).find((name) => !layers.some((layer) => layer.id === name));
  if (absent !== undefined) return fail(`There is no layer "${absent}".`, `The layers are ${layers.map((layer) => layer.id).join(', ')}.`);
  const chosen = new Map(Object.entries(named).map(([name, value]) => [name, readChoice(name, value, fail)]));
  for (const layer of layers) {
    const choice = chosen.get(layer.id);
    const reason = choice && SCHEMES[choice.scheme].refusal(layerFacts(graph, layer));
    if (choice && reason) fail(`The layer "${layer.id}" cannot be ${choice.scheme}: ${reason}`);
  }
  return planEach(graph, (layer) => chosen.get(layer.id) ?? { scheme: rest });
}

type Fail = (message: string, next?: string) => never;

function readChoice(name: string, value: unknown, fail: Fail): LayerChoice {
  const { scheme, options = {} } = isRecord(value) ? value : { scheme: value };
  if (typeof scheme !== 'string' || !isSchemeId(scheme)) return fail(unknownScheme(scheme, `The layer "${name}"`));
  if (!isRecord(options)) return fail(`The options of the layer "${name}" are not an object.`);
  const { problem } = checkValues(SCHEMES[scheme].options, options as OptionValues);
  if (problem !== null) return fail(`The layer "${name}": ${problem}`);
  return Object.keys(options).length === 0 ? { scheme } : { scheme, options: options as OptionValues };
}

function planEach(graph: Graph, choose: (layer: LayerNode) => LayerChoice): PlannedNetwork {
  const fallbacks: PlannedNetwork['fallbacks'][number][] = [];
  const entries = layersOf(graph).map((layer): readonly [NodeId, LayerChoice] => {
    const choice = choose(layer);
    const facts = layerFacts(graph, layer);
    const reason = SCHEMES[choice.scheme].refusal(facts);
    if (reason === null) return [layer.id, choice];
    const given = SCHEMES.int8.refusal(facts) === null ? 'int8' : 'float32';
    fallbacks.push({ layer: layer.id, asked: choice.scheme, given, reason });
    return [layer.id, { scheme: given }];
  });
  return { plan: Object.fromEntries(entries), fallbacks };
}

function unknownScheme(given: unknown, who: string): string {
  return `${who} asks for the scheme ${JSON.stringify(given)}; the schemes are ${SCHEME_IDS.join(', ')}.`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
