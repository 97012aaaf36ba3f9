import { StudioError } from '../../base/errors.ts';
import { elementCount, layersOf } from '../../graph/graph.ts';
import { hashModel } from '../../graph/print.ts';
import { lackingOf, readRecipe, writeRecipe, type RecipeFile } from '../../project/recipe-file.ts';
import { deploy } from '../../runtime/deploy.ts';
import type { Program } from '../../runtime/program.ts';
import { choiceOf, isQuantised } from '../../schemes/layer-facts.ts';
import type { ExportContext } from '../context.ts';
import type { ExporterWith, Finding } from '../exporter.ts';
import { readPacked } from '../packed/read.ts';
import { packedFacts } from '../packed/write.ts';
import { TARGETS } from '../targets.ts';

/** Training starts from a calibration too. */
const needsData = ({ state, training }: ExportContext): boolean => training !== null || isQuantised(state.model.graph, state.plan);

const placesOf = ({ reference, sourceName, data }: ExportContext): Pick<RecipeFile, 'source' | 'data'> => ({
  source: { name: reference.graph.name, fileName: sourceName, hash: hashModel(reference) },
  data: data && { name: data.name, hash: data.hash, preprocess: data.preprocess.id },
});

/** The recipe of a deployed state. */
export function recipeOf(program: Program, name: string, context: ExportContext): RecipeFile {
  const { state, data, training } = context;
  const { model, plan, calibration } = state;
  const { bytes, sha256: hash } = packedFacts(program);
  const measured = needsData(context) && data !== null;
  return {
    name,
    ...placesOf(context),
    calibration: measured
      ? {
          samples: calibration.samples,
          split: data.calibrationSplit,
          observer: 'mse',
          hash: training === null ? calibration.hash : null,
          reEstimationImages: calibration.images.length / elementCount(model.graph.inputs[0].shape),
        }
      : null,
    plan: Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, choiceOf(plan, id)])),
    training,
    result: { bytes: bytes.length, sha256: hash },
  };
}

function findings(context: ExportContext): readonly Finding[] {
  if (needsData(context) && context.data === null) return [{ layer: null, severity: 'refused', message: 'A recipe names the data that the network was calibrated on. Export it with the data set at hand.' }];
  if (needsData(context) && context.data?.format === 'sample') return [{ layer: null, severity: 'lowered', message: 'The recipe cannot be replayed from files: the samples that the network was calibrated on are drawn here.' }];
  const lacking = lackingOf({ training: context.training, ...placesOf(context) });
  return lacking === null ? [] : [{ layer: null, severity: 'lowered', message: `The recipe cannot be replayed: ${lacking}.` }];
}

export const recipe: ExporterWith = (context) => ({
  ...TARGETS.recipe,
  supports: () => findings(context),
  write: (program, name) => [{ path: `${name}.recipe.json`, bytes: writeRecipe(recipeOf(program, name, context)) }],
  reader: {
    kind: 'program',
    label:
      context.training === null
        ? 'the written recipe, replayed from the float network and the data: the packed bytes have the hash that it names'
        : 'the written recipe and the trained network at hand: its packed bytes have the hash that the recipe names; the training itself is run again by bitwright replay only',
    read: async ([file]) => {
      const written = readRecipe(file.bytes, file.path);
      const { bytes, sha256: hash } = packedFacts(context.training === null ? await context.replay(written) : deploy(context.state));
      if (hash === written.result.sha256) return readPacked(bytes, file.path);
      throw new StudioError('Replayed, the recipe gives other bytes than the network has.', {
        where: file.path,
        next: 'The network was calibrated on other data or with another preprocessing than the ones at hand: name those, or calibrate again.',
      });
    },
  },
});
