import { expect, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { lackingOf, readRecipe, writeRecipe, type RecipeFile } from '../../core/project/recipe-file.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { MUTATIONS } from './mutations.ts';

const HASH = 'a'.repeat(64);
const recipe: RecipeFile = {
  name: 'network', source: { name: 'net', fileName: 'net.onnx', hash: HASH }, data: { name: 'pixels', hash: 'pixels', preprocess: 'unit' },
  calibration: { samples: 256, split: 'train', observer: 'mse', hash: null, reEstimationImages: 64 }, plan: { a: { scheme: 'int8', options: { clip: 'mse' } } },
  training: { recipe: { epochs: 1, augment: 'none' }, seed: 3, layers: { a: { frozen: true } }, from: HASH, data: 'pixels', changes: [] }, result: { bytes: 10, sha256: HASH },
};

test('a damaged recipe is read as a recipe or refused with a sentence', () => {
  const good = writeRecipe(recipe);
  const random = createRandom(7);
  let read = 0;
  for (let i = 0; i < fuzzRounds(2000); i++) {
    const bytes = random.pick(MUTATIONS).apply(good, random);
    try {
      const found = readRecipe(bytes, 'bent.recipe.json');
      read++;
      expect(found.name).not.toMatch(/[\\/]|^\./);
      expect(typeof (lackingOf(found) ?? '')).toBe('string');
    } catch (error) {
      expect(error).toBeInstanceOf(StudioError);
    }
  }
  expect(read).toBeGreaterThan(100);
});
