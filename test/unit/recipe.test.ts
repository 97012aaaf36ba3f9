import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/base/hash.ts';
import type { ExportOrigin } from '../../core/export/context.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { layersOf, type Model } from '../../core/graph/graph.ts';
import type { NetworkState } from '../../core/jobs/contract.ts';
import { exportNetwork } from '../../core/jobs/export-network.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { replayState } from '../../core/jobs/replay.ts';
import { lackingOf, readRecipe, writeRecipe, type RecipeFile } from '../../core/project/recipe-file.ts';
import { readVariant, writeVariant } from '../../core/project/variant.ts';
import type { TrainingFacts } from '../../core/project/schema.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import type { Plan } from '../../core/schemes/scheme.ts';
import { plainNetwork, residualNetwork } from '../fixtures/networks.ts';
import { pixelsFor } from '../fixtures/pixels.ts';
import { randomNetwork, randomPlanOf } from '../fixtures/random-networks.ts';

const progress = { signal: new AbortController().signal, report: () => {} };
const IMAGES = 48;

async function stateOf(model: Model, plan: Plan, data = pixelsFor(model, IMAGES)): Promise<NetworkState> {
  return { model, plan, calibration: await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32 }, progress) };
}

async function exported(state: NetworkState, origin?: ExportOrigin, data = pixelsFor(state.model, IMAGES)) {
  return exportNetwork({ target: 'recipe', state, name: 'network', data, preprocess: 'signed', proofSamples: 4, origin }, progress);
}

async function recipeOf(state: NetworkState, origin?: ExportOrigin): Promise<RecipeFile> {
  const [{ bytes, path }] = (await exported(state, origin)).files;
  return readRecipe(bytes, path);
}

const uniform = (model: Model, scheme: 'int8' | 'int4' | 'ternary' | 'binary'): Plan => Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, { scheme }]));

describe('a recipe', () => {
  it.each(['int8', 'int4', 'ternary', 'binary'] as const)('of %s layers gives the same bytes again', async (scheme) => {
    const model = residualNetwork(2);
    const state = await stateOf(model, uniform(model, scheme));
    const recipe = await recipeOf(state);
    const replayed = writePacked(deploy(await replayState({ recipe, model, data: pixelsFor(model, IMAGES), training: null }, progress)));
    expect(replayed).toEqual(writePacked(deploy(state)));
    expect(recipe.result).toEqual({ bytes: replayed.length, sha256: sha256(replayed) });
  });

  it.each([400, 401, 402, 403, 404, 405])('of a random network and plan (seed %i) gives the same bytes again', async (seed) => {
    const model = randomNetwork(seed);
    const state = await stateOf(model, randomPlanOf(model, seed));
    const recipe = await recipeOf(state);
    expect(sha256(writePacked(deploy(await replayState({ recipe, model, data: pixelsFor(model, IMAGES), training: null }, progress))))).toBe(recipe.result.sha256);
  });

  it('of a file that states its grids gives the same bytes again with them, and is refused without', async () => {
    const model = residualNetwork(2);
    const grids = { [model.graph.inputs[0].id]: { scale: 0.03, zeroPoint: 5 } };
    const data = pixelsFor(model, IMAGES);
    const state = { model, plan: uniform(model, 'int8'), calibration: await JOBS.calibrate({ model, data, preprocess: 'signed', samples: 32, grids }, progress) };
    expect((await exported(state, { grids })).proof).toMatchObject({ equal: true, answersEqual: 4 });
    await expect(exported(state)).rejects.toThrow(/other bytes/);
  });

  it('of a float network needs no data', async () => {
    const model = plainNetwork(1);
    const { files, proof } = await exportNetwork({ target: 'recipe', state: { model, plan: {}, calibration: NO_CALIBRATION }, name: 'float', data: null, preprocess: 'raw', proofSamples: 4 }, progress);
    expect(proof).toMatchObject({ equal: true, samples: 4 });
    expect(readRecipe(files[0].bytes, 'float')).toMatchObject({ data: null, calibration: null, training: null });
  });

  it('is proved by replaying it, and has the same bytes each time', async () => {
    const model = plainNetwork(1);
    const state = await stateOf(model, uniform(model, 'int4'));
    const [first, again] = [await exported(state), await exported(state)];
    expect(first.proof).toMatchObject({ equal: true, samples: 4, answersEqual: 4 });
    expect(first.proof.reader).toMatch(/replayed from the float network and the data/);
    expect(again.files).toEqual(first.files);
  });

  it('is not written of a calibration that the data at hand does not give', async () => {
    const model = plainNetwork(1);
    const state = await stateOf(model, uniform(model, 'int4'), pixelsFor(model, IMAGES, { seed: 2 }));
    await expect(exported(state)).rejects.toThrow(/gives other bytes than the network has/);
  });

  it('needs the data set', async () => {
    const model = plainNetwork(1);
    const state = await stateOf(model, uniform(model, 'int8'));
    await expect(exportNetwork({ target: 'recipe', state, name: 'n', data: null, preprocess: 'raw', proofSamples: 0 }, progress)).rejects.toThrow(/names the data/);
  });

  it('is not replayed from another network, data set, or a plan that does not fit', async () => {
    const model = plainNetwork(1);
    const recipe = await recipeOf(await stateOf(model, uniform(model, 'int8')));
    const replay = (changed: Partial<RecipeFile>, from = model, data = pixelsFor(model, IMAGES)) => replayState({ recipe: { ...recipe, ...changed }, model: from, data, training: null }, progress);
    await expect(replay({}, plainNetwork(2))).rejects.toThrow(/not the network of the recipe/);
    await expect(replay({}, model, pixelsFor(model, IMAGES, { seed: 9 }))).rejects.toThrow(/not the data set of the recipe/);
    await expect(replayState({ recipe, model, data: null, training: null }, progress)).rejects.toThrow(/needs its data set/);
    await expect(replay({ calibration: null })).rejects.toThrow(/no calibration/);
    await expect(replay({ data: null })).rejects.toThrow(/no calibration/);
    await expect(replay({ plan: { ...recipe.plan, nowhere: { scheme: 'int8' } } })).rejects.toThrow(/does not have/);
    await expect(replay({ plan: { ...recipe.plan, conv1: { scheme: 'xnor' } } })).rejects.toThrow(/cannot be xnor/);
  });
});

describe('a recipe file', () => {
  const HASH = 'a'.repeat(64);
  const training: TrainingFacts = { recipe: { epochs: 1 }, seed: 3, layers: {}, from: HASH, data: 'pixels', changes: [] };
  const recipe: RecipeFile = {
    name: 'größe 3', source: { name: 'net', fileName: null, hash: HASH }, data: { name: 'pixels', hash: 'pixels', preprocess: 'unit' },
    calibration: { samples: 256, split: 'train', observer: 'mse', hash: null, reEstimationImages: 64 }, plan: { a: { scheme: 'int8', options: { clip: 'mse' } } }, training, result: { bytes: 10, sha256: HASH },
  };
  const changed = (change: object): Uint8Array => new TextEncoder().encode(JSON.stringify({ ...(JSON.parse(new TextDecoder().decode(writeRecipe(recipe))) as object), ...change }));

  it('is read as it was written', () => {
    expect(readRecipe(writeRecipe(recipe), 'a.json')).toEqual(recipe);
    expect(readRecipe(writeRecipe({ ...recipe, training: 'unknown' }), 'a.json').training).toBe('unknown');
  });

  it.each([
    ['nothing', new Uint8Array(0), /not JSON/],
    ['half a file', writeRecipe(recipe).subarray(0, 200), /not JSON/],
    ['another document', changed({ format: 'bitwright-project' }), /something else/],
    ['a newer version', changed({ version: 2 }), /version is 2/],
    ['a name that leaves the folder', changed({ name: '../../etc/x' }), /not a file name/],
    ['a name of dots', changed({ name: '..' }), /not a file name/],
    ['no hash', changed({ result: { bytes: 1, sha256: 'x' } }), /not a SHA-256/],
    ['another preprocessing', changed({ data: { ...recipe.data, preprocess: 'magic' } }), /none of/],
    ['a negative count', changed({ calibration: { ...recipe.calibration, samples: -1 } }), /not a whole number/],
    ['a recipe of lists', changed({ training: { ...training, recipe: { epochs: [1] } } }), /not a number, text or flag/],
  ])('that is %s is refused with a sentence', (_, bytes, sentence) => {
    expect(() => readRecipe(bytes, 'a.json')).toThrow(sentence);
    expect(() => readRecipe(bytes, 'a.json')).toThrow(/a\.json/);
  });

  it('has its training from the variant file, which refuses what is none', () => {
    const model = plainNetwork(1);
    const variant = { name: 'n', model, plan: {}, calibration: NO_CALIBRATION, reference: model, preprocess: 'unit', training } as const;
    expect(readVariant(writeVariant(variant), 'n.bitvar').training).toEqual(training);
    const { training: _none, ...untrained } = variant;
    expect(readVariant(writeVariant(untrained), 'n.bitvar')).not.toHaveProperty('training');
    expect(() => readVariant(writeVariant({ ...variant, training: { ...training, seed: -1 } }), 'n.bitvar')).toThrow(/training\.seed is not a whole number/);
  });

  it('says what it lacks for training again', () => {
    const lacking = (change: Partial<TrainingFacts>) => lackingOf({ ...recipe, training: { ...training, ...change } });
    expect(lacking({})).toBeNull();
    expect(lackingOf({ ...recipe, training: null })).toBeNull();
    expect(lackingOf({ ...recipe, training: 'unknown' })).toMatch(/nothing was kept/);
    expect(lacking({ from: null })).toMatch(/were not kept/);
    expect(lacking({ layers: null })).toMatch(/single layers/);
    expect(lacking({ changes: null })).toMatch(/while it ran was not kept/);
    expect(lacking({ changes: ['Learning rate 0.003 → 0.001'] })).toMatch(/Learning rate 0\.003 → 0\.001/);
    expect(lacking({ from: 'b'.repeat(64) })).toMatch(/another network/);
    expect(lacking({ data: 'others' })).toMatch(/another data set/);
  });
});
