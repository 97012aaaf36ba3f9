import { StudioError } from '../../base/errors.ts';
import { isRecord, type Json } from './settings.ts';

/** One use of a layer: what it reads. Values are named layer:call. */
export interface LayerCall {
  readonly className: string;
  readonly name: string;
  readonly call: number;
  readonly json: Json;
  readonly inputs: readonly string[];
}

export interface KerasNetwork {
  readonly name: string;
  readonly calls: readonly LayerCall[];
  readonly outputs: readonly string[];
}

export const valueName = (layer: string, call: number): string => `${layer}:${call}`;

export function readConfig(file: string, text: string): KerasNetwork {
  const fail = (reason: string): never => {
    throw new StudioError(`The description of the network in ${file} ${reason}.`, { where: `${file}, model_config`, next: 'Save the network again with model.save().' });
  };
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return fail(`is not JSON (${error instanceof Error ? error.message : error})`);
  }
  if (!isRecord(root)) return fail('is not an object');
  const { class_name: kind, config } = root;
  const settings: Json = isRecord(config) ? config : {};
  const layers = Array.isArray(config) ? config : settings.layers;
  if (!Array.isArray(layers) || !layers.every(isRecord)) return fail('has no list of layers');
  const name = typeof settings.name === 'string' ? settings.name : 'network';
  if (kind === 'Sequential') return readSequential(name, layers, settings);
  if (kind === 'Functional' || kind === 'Model') return readFunctional(name, layers, settings, fail);
  return fail(`is a "${String(kind)}"; only Sequential and Functional networks can be read`);
}

function layerOf(json: Json): { className: string; name: string; settings: Json } {
  const settings = isRecord(json.config) ? json.config : {};
  const name = typeof json.name === 'string' ? json.name : settings.name;
  return { className: String(json.class_name), name: typeof name === 'string' ? name : '', settings };
}

function readSequential(name: string, layers: readonly Json[], settings: Json): KerasNetwork {
  const calls: LayerCall[] = [];
  let previous: string | null = null;
  for (const json of layers) {
    const layer = layerOf(json);
    if (previous === null && layer.className !== 'InputLayer') {
      const shape = layer.settings.batch_input_shape ?? layer.settings.batch_shape ?? settings.build_input_shape;
      calls.push({ className: 'InputLayer', name: `${layer.name}_input`, call: 0, json: { batch_shape: shape }, inputs: [] });
      previous = valueName(`${layer.name}_input`, 0);
    }
    calls.push({ className: layer.className, name: layer.name, call: 0, json: layer.settings, inputs: previous === null ? [] : [previous] });
    previous = valueName(layer.name, 0);
  }
  return { name, calls, outputs: previous === null ? [] : [previous] };
}

function readFunctional(name: string, layers: readonly Json[], settings: Json, fail: (reason: string) => never): KerasNetwork {
  const calls = layers.flatMap((json) => {
    const { className, name: layer, settings: own } = layerOf(json);
    const nodes = Array.isArray(json.inbound_nodes) ? json.inbound_nodes : [];
    if (className === 'InputLayer' || nodes.length === 0) return [{ className, name: layer, call: 0, json: own, inputs: [] }];
    return nodes.map((node, call) => ({ className, name: layer, call, json: own, inputs: references(node) }));
  });
  const outputs = references(settings.output_layers);
  return outputs.length === 0 ? fail('names no output') : { name, calls, outputs };
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
