import { StudioError } from '../../base/errors.ts';
import { isRecord, type Json } from './settings.ts';

/** One use of a layer: what it reads and makes. Layers of networks inside the network stand among the others. */
export interface LayerCall {
  readonly className: string;
  readonly name: string;
  /** The value it makes; no other call does. */
  readonly value: string;
  readonly json: Json;
  readonly inputs: readonly string[];
  /** Names of the networks around the layer, from outside, and its own. */
  readonly path: readonly string[];
  /** Where Keras 3 keeps its variables: "layers/conv2d_1", by the classes of a network's layers in their order. */
  readonly store: string;
}

export interface KerasNetwork {
  readonly name: string;
  readonly calls: readonly LayerCall[];
  readonly outputs: readonly string[];
}

/** Reads what Keras writes of a network: `model_config` of an HDF5 file, or `config.json` of a Keras 3 archive. */
export function readConfig(file: string, text: string): KerasNetwork {
  const fail = (reason: string): never => {
    throw new StudioError(`The description of the network in ${file} ${reason}.`, { where: `${file}, the description of the network`, next: 'Save the network again with model.save().' });
  };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return fail(`is not JSON (${error instanceof Error ? error.message : error})`);
  }
  if (!isRecord(root)) return fail('is not an object');
  return flatten(root, fail);
}

const valueName = (layer: string, call: number): string => `${layer}:${call}`;

/** Classes whose configuration is a network of its own. */
const NETWORKS: readonly unknown[] = ['Sequential', 'Functional', 'Model'];

/** More than any real network has; what a damaged file repeats ends here. */
const MOST_CALLS = 100_000;
const DEEPEST = 16;

interface Level {
  readonly path: readonly string[];
  /** Before the names of values, so that two uses of a network have their own. */
  readonly scope: string;
  readonly store: string;
  /** What the network around gives to its inputs; null for the outermost. */
  readonly given: readonly string[] | null;
}

/** Puts the layers of networks within networks beside the others: their inputs and results are other names of values outside. */
export function flatten(root: Json, fail: (reason: string) => never): KerasNetwork {
  const calls: LayerCall[] = [];
  const aliases = new Map<string, string>();
  let uses = 0;
  const count = (): void => {
    if (++uses > MOST_CALLS) fail(`has more than ${MOST_CALLS} layers`);
  };
  const push = (call: LayerCall): string => {
    count();
    calls.push(call);
    return call.value;
  };

  const network = ({ class_name: kind, config }: Json, level: Level): readonly string[] => {
    count();
    const settings: Json = isRecord(config) ? config : {};
    const layers = Array.isArray(config) ? config : settings.layers;
    if (!NETWORKS.includes(kind)) return fail(`is a "${String(kind)}"; only Sequential and Functional networks can be read`);
    if (!Array.isArray(layers) || !layers.every(isRecord)) return fail('has no list of layers');
    if (level.path.length > DEEPEST) return fail(`has networks within networks, more than ${DEEPEST} deep`);
    const described = describeLayers(layers, level);
    return kind === 'Sequential' ? sequential(described, settings, level) : functional(described, settings, level);
  };
  /** A layer, or all layers of a network in its place. */
  const put = (layer: Described, call: number, inputs: readonly string[], level: Level): string => {
    const value = `${level.scope}${valueName(layer.name, call)}`;
    const path = [...level.path, layer.name];
    if (!NETWORKS.includes(layer.className)) return push({ className: layer.className, name: layer.name, value, json: layer.settings, inputs, path, store: layer.store });
    const outputs = network(layer.json, { path, scope: `${value}/`, store: `${layer.store}/`, given: inputs.length === 0 ? null : inputs });
    if (outputs.length !== 1) return fail(`has the network "${layer.name}" with ${outputs.length} outputs inside`);
    aliases.set(value, outputs[0]);
    return value;
  };
  const sequential = (layers: readonly Described[], settings: Json, level: Level): readonly string[] => {
    let previous = level.given?.[0] ?? null;
    for (const layer of layers) {
      if (layer.className === 'InputLayer' && previous !== null) continue;
      if (previous === null && layer.className !== 'InputLayer' && !NETWORKS.includes(layer.className)) {
        const shape = layer.settings.batch_input_shape ?? layer.settings.batch_shape ?? settings.build_input_shape;
        const name = `${layer.name}_input`;
        previous = push({ className: 'InputLayer', name, value: `${level.scope}${valueName(name, 0)}`, json: { batch_shape: shape }, inputs: [], path: [...level.path, name], store: '' });
      }
      previous = put(layer, 0, previous === null ? [] : [previous], level);
    }
    return previous === null ? [] : [previous];
  };
  const functional = (layers: readonly Described[], settings: Json, level: Level): readonly string[] => {
    const own = (names: readonly string[]): readonly string[] => names.map((name) => level.scope + name);
    const inputs = own(references(settings.input_layers));
    const named = new Set(references([settings.output_layers, layers.map(({ json }) => json.inbound_nodes)]));
    for (const layer of layers) {
      const nodes = Array.isArray(layer.json.inbound_nodes) ? layer.json.inbound_nodes : [];
      const value = `${level.scope}${valueName(layer.name, 0)}`;
      const given = level.given?.[inputs.indexOf(value)];
      if (layer.className === 'InputLayer' && given !== undefined) aliases.set(value, given);
      else if (layer.className === 'InputLayer' || nodes.length === 0) put(layer, 0, [], level);
      else nodes.forEach((node, call) => put(layer, call + firstCall(layer, named), own(references(node)), level));
    }
    const outputs = own(references(settings.output_layers));
    return outputs.length === 0 ? fail('names no output') : outputs;
  };

  const outputs = network(root, { path: [], scope: '', store: '', given: null });
  const resolve = (name: string): string => {
    const passed: string[] = [];
    let value = name;
    for (let next = aliases.get(value); next !== undefined; next = aliases.get(value)) {
      if (passed.push(value) > aliases.size) return fail('has a network that reads its own result');
      value = next;
    }
    for (const alias of passed) aliases.set(alias, value);
    return value;
  };
  const name = isRecord(root.config) && typeof root.config.name === 'string' ? root.config.name : 'network';
  return { name, calls: calls.map((call) => ({ ...call, inputs: call.inputs.map(resolve) })), outputs: outputs.map(resolve) };
}

/** A network was called once where it was made, which is not written: its calls count from 1, unless something reads call 0. */
function firstCall({ className, name }: Described, named: ReadonlySet<string>): 0 | 1 {
  return NETWORKS.includes(className) && !named.has(valueName(name, 0)) ? 1 : 0;
}

interface Described {
  readonly className: string;
  readonly name: string;
  readonly settings: Json;
  readonly store: string;
  readonly json: Json;
}

/** Layers of one network with the names that Keras 3 keeps them under. */
function describeLayers(layers: readonly Json[], level: Level): readonly Described[] {
  const used = new Map<string, number>();
  return layers.map((json) => {
    const settings = isRecord(json.config) ? json.config : {};
    const name = typeof json.name === 'string' ? json.name : settings.name;
    const className = String(json.class_name);
    const base = snakeCase(className);
    const count = used.get(base) ?? 0;
    used.set(base, count + 1);
    return { className, name: typeof name === 'string' ? name : '', settings, store: `${level.store}layers/${base}${count === 0 ? '' : `_${count}`}`, json };
  });
}

/** Keras' own: MaxPooling2D is max_pooling2d, ReLU is re_lu. */
function snakeCase(className: string): string {
  return className.replace(/\W+/g, '').replace(/(.)([A-Z][a-z]+)/g, '$1_$2').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}

/**
 * Values named anywhere inside: Keras 2 writes ["layer", call, output, {…}], Keras 3 {"keras_history": ["layer", call, output]}.
 * Walks with a list of its own, so that deep nesting cannot exhaust the stack.
 */
function references(value: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [value];
  while (open.length > 0) {
    const item = open.pop();
    if (Array.isArray(item)) {
      const [layer, call, output] = item;
      if (typeof layer === 'string' && Number.isInteger(call) && Number.isInteger(output)) found.push(valueName(layer, call as number));
      else for (let i = item.length - 1; i >= 0; i--) open.push(item[i]);
    } else if (isRecord(item)) open.push(...Object.values(item).toReversed());
  }
  return found;
}
