import { StudioError } from '../../base/errors.ts';
import type { NamedFile } from '../../data/data-set.ts';
import { readZip } from '../../base/zip.ts';
import type { NewWeight } from '../builder.ts';
import type { ReadModel } from '../importer.ts';
import { readConfig, type LayerCall } from './config.ts';
import { readVariables } from './hdf5.ts';
import { buildNetwork } from './read.ts';

/** Weights hardly shrink, so that an archive is about as large as what it holds. */
const LARGEST_GROWTH = 20;
const SMALLEST_LIMIT = 64e6;

const DESCRIPTION = 'config.json';
const WEIGHTS = 'model.weights.h5';

/** Slots of a layer's variables in the order in which Keras 3 numbers them: trained ones first, as the layer makes them. */
const VARIABLES: Readonly<Record<string, (call: LayerCall) => readonly string[]>> = {
  BatchNormalization: ({ json }) => [...(json.scale === false ? [] : ['gamma']), ...(json.center === false ? [] : ['beta']), 'moving_mean', 'moving_variance'],
  PReLU: () => ['alpha'],
  SeparableConv2D: () => ['depthwise_kernel', 'pointwise_kernel', 'bias'],
};
const KERNEL_AND_BIAS: readonly string[] = ['kernel', 'bias'];

function namedVariables(call: LayerCall, variables: readonly NewWeight[] | undefined): ReadonlyMap<string, NewWeight> {
  const slots = Object.hasOwn(VARIABLES, call.className) ? VARIABLES[call.className](call) : KERNEL_AND_BIAS;
  return new Map((variables ?? []).map((variable, i) => [slots[i] ?? String(i), variable]));
}

/** Keras 3: a zip of the network's description and an HDF5 file of numbered variables. */
export async function readKerasArchive({ name: fileName, bytes }: NamedFile): Promise<ReadModel> {
  const entries = readZip(bytes, fileName, Math.max(SMALLEST_LIMIT, bytes.length * LARGEST_GROWTH));
  const entry = (name: string): Uint8Array => {
    const found = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (found) return found;
    throw new StudioError(`${fileName} holds no ${name}, so that it is not a whole Keras network.`, { where: fileName, next: 'Save it again with model.save("name.keras").' });
  };
  const network = readConfig(fileName, new TextDecoder().decode(entry(DESCRIPTION)));
  const variables = await readVariables(`${fileName}, ${WEIGHTS}`, entry(WEIGHTS));
  return buildNetwork(fileName, network, (call) => namedVariables(call, variables.get(call.store)));
}
