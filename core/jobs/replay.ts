import { StudioError } from '../base/errors.ts';
import type { DataSet } from '../data/data-set.ts';
import { layersOf, type Model } from '../graph/graph.ts';
import { hashModel } from '../graph/print.ts';
import { lackingOf, type RecipeFile } from '../project/recipe-file.ts';
import { planProblem } from '../project/variant.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import { NO_CALIBRATION } from '../runtime/watch.ts';
import { isQuantised, refusalsOf } from '../schemes/layer-facts.ts';
import { calibrationSplit } from './batches.ts';
import { calibrate } from './calibrate.ts';
import type { CountProgress, JobEnvironment, NetworkState, TrainProgress } from './contract.ts';
import type { Machine } from './index.ts';

interface ReplayContext {
  readonly signal: AbortSignal;
  readonly report: (progress: CountProgress) => void;
  readonly reportTraining?: (progress: TrainProgress) => void;
}

/** What a training run needs besides; null: recipes of trained networks are refused. */
export interface TrainingPlace {
  readonly environment: JobEnvironment;
  readonly machine: Machine;
}

/** Makes the state of a recipe again (`grids`: those that the network's file states): calibrates, and trains where the network was trained. Deployed, it has the bytes of the recipe. */
export async function replayState(
  { recipe, model, grids = {}, data, training }: { readonly recipe: RecipeFile; readonly model: Model; readonly grids?: StatedGrids; readonly data: DataSet | null; readonly training: TrainingPlace | null },
  context: ReplayContext,
): Promise<NetworkState> {
  check(recipe, model);
  const { plan } = recipe;
  if (!needsCalibration(recipe, model)) return { model, plan, calibration: NO_CALIBRATION };
  if (recipe.calibration === null || recipe.data === null) throw new StudioError('The recipe names no calibration for its integer layers.', { where: recipe.name, next: 'Export the recipe again.' });
  if (data === null) throw new StudioError(`The recipe needs its data set, ${recipe.data.name}.`, { where: recipe.name, next: 'Add --data PATH.' });
  checkData(recipe, data);
  const { preprocess } = recipe.data;
  const calibration = await calibrate({ model, data, preprocess, samples: recipe.calibration.samples, grids }, context);
  const state: NetworkState = { model, plan, calibration };
  if (recipe.training === null || recipe.training === 'unknown') return state;
  if (training === null) throw new StudioError('Here no training is run again.', { where: recipe.name, next: 'Replay it on the command line.' });
  const { train } = await import('./train.ts');
  const { seed, layers } = recipe.training;
  const report = (progress: TrainProgress): void => context.reportTraining?.(progress);
  const arg = { state, teacher: model, data, preprocess, recipe: recipe.training.recipe, layers: layers ?? {}, seed, environment: training.environment };
  return (await train(arg, { signal: context.signal, report }, training.machine)).state;
}

const needsCalibration = ({ plan, training }: RecipeFile, { graph }: Model): boolean => training !== null || isQuantised(graph, plan);

function check(recipe: RecipeFile, model: Model): void {
  const where = recipe.name;
  const lacking = lackingOf(recipe);
  if (lacking !== null) throw new StudioError(`The recipe cannot be replayed: ${lacking}.`, { where, next: 'Export the trained variant itself.' });
  if (hashModel(model) !== recipe.source.hash) {
    throw new StudioError(`This is not the network of the recipe, which is ${recipe.source.fileName ?? recipe.source.name} with the hash ${recipe.source.hash.slice(0, 12)}….`, { where: model.graph.name, next: 'Name the float network that the recipe was made from.' });
  }
  const problem = planProblem(recipe.plan, model.graph) ?? refusal(recipe, model);
  if (problem !== null) throw new StudioError(`The recipe does not fit the network: ${problem}.`, { where });
}

function checkData(recipe: RecipeFile, data: DataSet): void {
  if (data.hash !== recipe.data?.hash) throw new StudioError(`This is not the data set of the recipe, ${recipe.data?.name}: its content differs.`, { where: data.name, next: 'Name the same files, training files included.' });
  if (recipe.calibration && calibrationSplit(data) !== recipe.calibration.split) throw new StudioError(`The recipe was calibrated on ${recipe.calibration.split} samples.`, { where: data.name });
}

function refusal({ plan }: RecipeFile, { graph }: Model): string | null {
  for (const layer of layersOf(graph)) {
    const choice = plan[layer.id];
    const reason = choice && refusalsOf(graph, layer)[choice.scheme];
    if (reason) return `the layer "${layer.id}" cannot be ${choice.scheme} (${reason})`;
  }
  return null;
}
