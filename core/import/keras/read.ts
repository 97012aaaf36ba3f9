import { StudioError } from '../../base/errors.ts';
import type { NamedFile } from '../../data/data-set.ts';
import type { ValueId } from '../../graph/graph.ts';
import type { LayerChoice } from '../../schemes/scheme.ts';
import { createBuilder, type ModelBuilder, type NewWeight } from '../builder.ts';
import { NotRunnable, type ReadModel } from '../importer.ts';
import { readConfig, type KerasNetwork, type LayerCall } from './config.ts';
import { readKerasFile, type StoredWeight } from './hdf5.ts';
import { LARQ_LAYERS } from './larq.ts';
import { KERAS_LAYERS, type LayerContext, type LayerReader } from './layers.ts';
import { createSettings } from './settings.ts';

const LAYER_READERS: Readonly<Record<string, LayerReader>> = { ...KERAS_LAYERS, ...LARQ_LAYERS };

/** The weights of a layer by their slots (kernel, bias, gamma, …), as far as a file has them. */
export type FindWeights = (call: LayerCall) => ReadonlyMap<string, NewWeight> | undefined;

/** Keras 2: HDF5 with the network's description as an attribute. */
export async function readKerasModel({ name: fileName, bytes }: NamedFile): Promise<ReadModel> {
  const { config, weights } = await readKerasFile(fileName, bytes);
  if (config !== null) return buildNetwork(fileName, readConfig(fileName, config), (call) => slotsOf(call, weights.get(call.path[0]) ?? [], fileName));
  throw new StudioError(`${fileName} holds weights without the network they belong to (there is no "model_config").`, {
    where: fileName,
    next: 'Save the whole network: model.save("name.h5") instead of model.save_weights().',
  });
}

/** Weights named "layer/slot" of the layers of one network, of which one is asked for. */
export function slotsAmong({ name }: LayerCall, stored: readonly StoredWeight[], fileName: string): ReadonlyMap<string, NewWeight> {
  const slots = new Map<string, NewWeight>();
  for (const { name: full, weight } of stored) {
    const end = full.lastIndexOf('/');
    const holder = full.slice(0, Math.max(end, 0));
    if (holder !== name && !holder.endsWith(`/${name}`)) continue;
    const slot = full.slice(end + 1);
    if (slots.has(slot)) {
      throw new StudioError(`${fileName} holds weights of two layers "${name}", which cannot be told apart.`, { where: `${fileName}, layer "${name}"`, next: 'Give every layer a name of its own and save the network again.' });
    }
    slots.set(slot, weight);
  }
  return slots;
}

/** An HDF5 file keeps the weights of a network within the network together, and those of other layers by themselves. */
function slotsOf(call: LayerCall, stored: readonly StoredWeight[], fileName: string): ReadonlyMap<string, NewWeight> {
  if (call.path.length > 1) return slotsAmong(call, stored, fileName);
  return new Map(stored.map(({ name, weight }) => [name.slice(name.lastIndexOf('/') + 1), weight]));
}

/** Makes the studio's nodes of Keras layers, each as soon as what it reads is there. */
export function buildNetwork(fileName: string, network: KerasNetwork, findWeights: FindWeights): ReadModel {
  const builder = createBuilder(fileName);
  const values = new Map<string, ValueId>();
  const plan = new Map<string, LayerChoice>();
  const lost = new Set<string>();

  let waiting = network.calls;
  while (waiting.length > 0) {
    const later: LayerCall[] = [];
    for (const call of waiting) {
      const { value } = call;
      if (call.inputs.some((input) => lost.has(input))) lost.add(value);
      else if (!call.inputs.every((input) => values.has(input))) later.push(call);
      else {
        const id = readCall(call, call.inputs.map((input) => values.get(input) as ValueId), builder, findWeights, fileName, plan);
        if (builder.shapeOf(id).length > 0) values.set(value, id);
        else lost.add(value);
      }
    }
    if (later.length === waiting.length) {
      const [{ name, inputs }] = later;
      const missing = inputs.find((input) => !values.has(input));
      throw new StudioError(`Layer "${name}" of ${fileName} reads "${missing}", which nothing makes.`, {
        where: `${fileName}, layer "${name}"`,
        next: 'Save the network again with model.save().',
      });
    }
    waiting = later;
  }
  const outputs = network.outputs.flatMap((output) => values.get(output) ?? []);
  return { model: builder.build(network.name, outputs.length === network.outputs.length ? outputs : []), notes: [], plan: Object.fromEntries(plan) };
}

function readCall(call: LayerCall, inputs: readonly ValueId[], builder: ModelBuilder, findWeights: FindWeights, fileName: string, plan: Map<string, LayerChoice>): ValueId {
  const { name, className } = call;
  const settings = createSettings(call.json, name, fileName);
  if (className === 'InputLayer') return builder.input(name, inputShape(call, fileName));
  const weights = findWeights(call);
  const context: LayerContext = {
    builder,
    name,
    settings,
    inputs,
    shape: inputs.length > 0 ? builder.shapeOf(inputs[0]) : [],
    weight: (slot) => weights?.get(slot) ?? settings.fail(`has no weight "${slot}" in the file`),
    optionalWeight: (slot) => weights?.get(slot),
    stored: (layer, choice) => void plan.set(layer, choice),
    add: (op, attributes, given, from) => builder.add(op, { name, inputs: [from ?? inputs[0]], attributes, weights: given }),
  };
  try {
    const read = Object.hasOwn(LAYER_READERS, className) ? LAYER_READERS[className] : null;
    if (!read) throw new NotRunnable('');
    if (inputs.length === 0) settings.fail('has no input');
    return read(context);
  } catch (error) {
    if (!(error instanceof NotRunnable)) throw error;
    return builder.addUnknown(name, error.message ? `${className}: ${error.message}` : className, inputs, null);
  }
}

function inputShape({ name, json }: LayerCall, fileName: string): readonly number[] {
  const stated = json.batch_input_shape ?? json.batch_shape;
  const sizes = Array.isArray(stated) ? stated.slice(1) : [];
  if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new StudioError(`The input "${name}" of ${fileName} has no fixed size (the file says ${JSON.stringify(stated ?? null)}).`, {
      where: `${fileName}, layer "${name}"`,
      next: 'Build the network with a fixed input shape and save it again.',
    });
  }
  return [1, ...sizes];
}
