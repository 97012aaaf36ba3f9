import { StudioError } from '../../base/errors.ts';
import type { NamedFile } from '../../data/data-set.ts';
import type { ReadModel } from '../importer.ts';
import { flatten } from '../keras/config.ts';
import { buildNetwork, slotsAmong } from '../keras/read.ts';
import { isRecord, type Json } from '../keras/settings.ts';
import { collectFiles } from './files.ts';
import { readGraph } from './graph.ts';
import { readWeights } from './weights.ts';

/** Both forms of TensorFlow.js: graph models, of TensorFlow's operators, and layers models, which are Keras networks. */
export async function readTfjsModel(given: readonly NamedFile[]): Promise<ReadModel> {
  const files = collectFiles(given);
  const { name, model } = files;
  const fail = (reason: string): never => {
    throw new StudioError(`The description of the network in ${name} ${reason}.`, { where: `${name}, modelTopology`, next: 'Convert or save the network again.' });
  };
  const topology: Json = isRecord(model.modelTopology) ? model.modelTopology : fail('is missing');
  const weights = readWeights(files);
  if (Array.isArray(topology.node)) return readGraph(name, model, topology.node, weights);
  const network = flatten(isRecord(topology.model_config) ? topology.model_config : topology, fail);
  const stored = [...weights].map(([full, { shape, values }]) => ({ name: full, weight: { shape, values } }));
  return buildNetwork(name, network, (call) => slotsAmong(call, stored, name));
}
