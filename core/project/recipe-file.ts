import { StudioError } from '../base/errors.ts';
import { anything, fields, finite, integer, isRecord, listOf, matching, nullable, oneOf, recordOf, text, type Check } from '../base/checks.ts';
import { PREPROCESS, type PreprocessId } from '../data/data-set.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { TrainingFacts } from './schema.ts';

/** Everything that makes a network's packed file again, to the byte, from the float network and the data. */
export interface RecipeFile {
  readonly name: string;
  readonly source: { readonly name: string; readonly fileName: string | null; /** Of graph and weights, see hashModel. */ readonly hash: string };
  /** Null where every layer is float32: then no data is needed. */
  readonly data: { readonly name: string; readonly hash: string; readonly preprocess: PreprocessId } | null;
  readonly calibration: {
    readonly samples: number;
    readonly split: 'train' | 'test';
    readonly observer: 'mse';
    /** Of what it measured; null for a trained network, whose ranges training moved. */
    readonly hash: string | null;
    /** Kept images that choose codes and correct batch norms and biases after deployment. 0: none was. */
    readonly reEstimationImages: number;
  } | null;
  /** Every layer, with every option. */
  readonly plan: Plan;
  /** Null where the weights are those of the source. */
  readonly training: TrainingFacts | 'unknown' | null;
  /** Of the packed file that must come out. */
  readonly result: { readonly bytes: number; readonly sha256: string };
}

const FORMAT = 'bitwright-recipe';
const VERSION = 1;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_LAYERS = 100_000;
const NEXT = 'Export the recipe again.';

const hash = matching(/^[0-9a-f]{64}$/, 'a SHA-256');
const name = text(500);
/** Part of a path where a recipe is replayed. */
const pathPart = matching(/^(?!\.)[^\\/:*?"<>|\x00-\x1f]{1,200}$/, 'a file name');
const option: Check = (value, where) => (['number', 'string', 'boolean'].includes(typeof value) ? null : `${where} is not a number, text or flag`);
const options = recordOf(option, 500);

export const TRAINING_CHECKS = {
  recipe: options,
  seed: integer(0, 2 ** 53),
  layers: nullable(recordOf(options, MOST_LAYERS)),
  from: nullable(hash),
  data: nullable(text(200)),
  changes: nullable(listOf(text(), 10_000)),
} as const satisfies Record<keyof TrainingFacts, Check>;

export const isTraining = fields<TrainingFacts>(TRAINING_CHECKS);

const isRecipe = fields<RecipeFile>({
  name: pathPart,
  source: fields<RecipeFile['source']>({ name: text(), fileName: nullable(name), hash }),
  data: nullable(fields<NonNullable<RecipeFile['data']>>({ name, hash: text(200), preprocess: oneOf(Object.keys(PREPROCESS)) })),
  calibration: nullable(
    fields<NonNullable<RecipeFile['calibration']>>({ samples: integer(1, 1e6), split: oneOf(['train', 'test']), observer: oneOf(['mse']), hash: nullable(text(200)), reEstimationImages: integer(0, 1e6) }),
  ),
  // Looked at with the graph that it belongs to.
  plan: recordOf(anything, MOST_LAYERS),
  training: (value, where) => (value === 'unknown' ? null : nullable(isTraining)(value, where)),
  result: fields<RecipeFile['result']>({ bytes: finite, sha256: hash }),
});

/** JSON whose bytes depend on the recipe alone. */
export function writeRecipe(recipe: RecipeFile): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ format: FORMAT, version: VERSION, ...recipe }, null, 1)}\n`);
}

/** Reads without trusting: what does not fit is a sentence that names the file. */
export function readRecipe(bytes: Uint8Array, fileName: string): RecipeFile {
  const fail = (reason: string, next = NEXT, cause?: unknown): never => {
    throw new StudioError(`${fileName} is not a readable recipe: ${reason}.`, { where: fileName, next, cause });
  };
  if (bytes.length > MOST_BYTES) return fail(`it has more than ${MOST_BYTES / 2 ** 20} MiB`);
  let stored: unknown;
  try {
    stored = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return fail('it is not JSON', NEXT, error);
  }
  if (!isRecord(stored) || stored['format'] !== FORMAT) return fail('it describes something else');
  const { format: _format, version, ...recipe } = stored;
  if (version !== VERSION) return fail(`its version is ${String(version)} where ${VERSION} can be read`, typeof version === 'number' && version > VERSION ? 'Update Bitwright.' : NEXT);
  const problem = isRecipe(recipe, 'recipe');
  if (problem !== null) return fail(problem);
  return recipe as unknown as RecipeFile;
}

/** Why the training cannot be run again to the same bits, as the end of a sentence; null where it can, or there was none. */
export function lackingOf({ training, source, data }: Pick<RecipeFile, 'training' | 'source' | 'data'>): string | null {
  if (training === null) return null;
  if (training === 'unknown') return 'nothing was kept of how it was trained';
  if (training.from === null || training.data === null) return 'the network and the data that training started from were not kept';
  if (training.layers === null) return 'the choices of single layers were not kept';
  if (training.changes === null) return 'what was changed while it ran was not kept';
  if (training.changes.length > 0) return `it was changed while it ran (${training.changes.join('; ')})`;
  if (training.from !== source.hash) return 'it was trained from another network than the float one, which the recipe does not name';
  if (training.data !== data?.hash) return 'it was trained on another data set than the one the recipe names';
  return null;
}
