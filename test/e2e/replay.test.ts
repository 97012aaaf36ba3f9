import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementCount } from '../../core/graph/graph.ts';
import { writeModelArchive } from '../../core/project/archive.ts';
import { idx, runCommand } from '../fixtures/command-line.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';
import { pixelsFor } from '../fixtures/pixels.ts';
import { closeBrowser, openStudio } from './harness.ts';
import { filesUnder, MEASURE_MS, openScreen, pressOnLayer, waitMeasured } from './steps.ts';

// The command line as it was built: what a recipe makes again is compared with what export wrote, byte for byte.

const folder = mkdtempSync(join(tmpdir(), 'bitwright-replay-'));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeInputs(): void {
  for (const [name, seed] of [['small', 11], ['other', 12]] as const) {
    const net = new NetworkBuilder(seed, [1, 8, 8, 1]);
    const a = net.maxPool('pool1', net.relu('relu1', net.batchNorm('bn1', net.conv('conv1', 'input', 8))));
    const b = net.relu('relu2', net.batchNorm('bn2', net.conv('conv2', a, 16)));
    net.dense('dense', net.flatten('flatten', net.maxPool('pool2', b)), 4);
    const model = net.build(name);
    writeFileSync(path(`${name}.bitmodel`), writeModelArchive(model));
    const { train, test } = pixelsFor(model, 200, { seed, classes: 4 });
    mkdirSync(path(`${name}-data`));
    for (const [prefix, { images, labels, count }] of [['train', train!], ['t10k', test]] as const) {
      expect(images.length).toBe(count * elementCount([8, 8]));
      writeFileSync(path(`${name}-data/${prefix}-images-idx3-ubyte`), idx([count, 8, 8], images as Uint8Array));
      writeFileSync(path(`${name}-data/${prefix}-labels-idx1-ubyte`), idx([count], Uint8Array.from(labels!)));
    }
  }
}

const run = (...args: string[]) => runCommand(folder, args);
const DATA = ['--data', 'small-data', '--preprocess', 'signed'];

async function succeeds(...args: string[]): Promise<string> {
  const { code, out, err } = await run(...args);
  expect(code, err).toBe(0);
  return out;
}

describe('bitwright replay, built', () => {
  beforeAll(makeInputs);

  it('gives the bytes that export wrote, without a word about preprocessing', async () => {
    for (const target of ['bitw', 'recipe']) await succeeds('export', 'small.bitmodel', '--scheme', 'xnor', ...DATA, '--target', target, '--out', 'out', '--prove');
    expect(await succeeds('replay', 'out/small.recipe.json', '--model', 'small.bitmodel', '--data', 'small-data', '--out', 'again')).toMatch(/the bytes that the recipe names/);
    expect(readFileSync(path('again/small.bitw')).equals(readFileSync(path('out/small.bitw')))).toBe(true);
  });

  it('runs the training of a trained variant again, to the same bytes', async () => {
    await succeeds('train', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--epochs', '2', '--batch', '20', '--seed', '5', '--freeze', 'conv1', '--out', 'trained.bitvar');
    for (const target of ['bitw', 'recipe']) await succeeds('export', 'trained.bitvar', ...DATA, '--target', target, '--out', 'trained', '--prove');
    const recipe = JSON.parse(readFileSync(path('trained/small.recipe.json'), 'utf8')) as { training: { seed: number; layers: object; changes: unknown[] } };
    expect(recipe.training).toMatchObject({ seed: 5, layers: { conv1: { frozen: true } }, changes: [] });
    await succeeds('replay', 'trained/small.recipe.json', '--model', 'small.bitmodel', '--data', 'small-data', '--out', 'trained-again', '--threads', '1');
    expect(readFileSync(path('trained-again/small.bitw')).equals(readFileSync(path('trained/small.bitw')))).toBe(true);
  });

  it('gives the bytes of a network that was calibrated on the page, whose instruction set is another', async () => {
    const studio = await openStudio();
    const { page } = studio;
    await studio.drop(['small.bitmodel', ...['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map((file) => `small-data/${file}-ubyte`)].map(path));
    await page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
    await waitMeasured(page);
    for (const [layer, key] of [['conv1', '3'], ['conv2', '1'], ['dense', '4']] as const) await pressOnLayer(page, layer, key);
    await waitMeasured(page);
    await openScreen(page, 'Export');
    const steps = page.getByRole('navigation', { name: 'Export steps' });
    for (const target of [/Packed network/, /Recipe/]) {
      await steps.getByRole('button', { name: /Target/ }).click();
      await page.getByRole('radio', { name: target }).check();
      await steps.getByRole('button', { name: /Proof/ }).click();
      await page.getByText('The file is the network on screen.').waitFor({ timeout: MEASURE_MS });
      await page.locator('.wiz-f').getByRole('button', { name: 'Package' }).click();
      await page.getByRole('button', { name: /^Write package/ }).click();
      await page.getByText('The package is written.').waitFor();
    }
    const written = filesUnder(studio.userData);
    const recipe = written.find((file) => file.endsWith('.recipe.json'))!;
    await succeeds('replay', recipe, '--model', 'small.bitmodel', '--data', 'small-data', '--out', 'from-page');
    const again = filesUnder(path('from-page'))[0]!;
    expect(readFileSync(again).equals(readFileSync(written.find((file) => file.endsWith('.bitw'))!))).toBe(true);
    expect(studio.problems).toEqual([]);
    await studio.close();
    await closeBrowser();
  });

  it('writes nothing of another network, another data set or another result', async () => {
    const replay = (recipe: string, ...args: string[]) => run('replay', recipe, ...args, '--out', 'nowhere');
    expect(await replay('out/small.recipe.json', '--model', 'other.bitmodel', '--data', 'small-data')).toMatchObject({ code: 1, err: expect.stringContaining('not the network of the recipe') });
    expect(await replay('out/small.recipe.json', '--model', 'small.bitmodel', '--data', 'other-data')).toMatchObject({ code: 1, err: expect.stringContaining('not the data set of the recipe') });
    expect(await replay('out/small.recipe.json', '--model', 'small.bitmodel')).toMatchObject({ code: 1, err: expect.stringContaining('needs its data set') });
    const recipe = readFileSync(path('out/small.recipe.json'), 'utf8');
    writeFileSync(path('other.recipe.json'), recipe.replace(/"sha256": "...../, '"sha256": "00000'));
    expect(await replay('other.recipe.json', '--model', 'small.bitmodel', '--data', 'small-data')).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was written') });
    expect(() => readFileSync(path('nowhere/small.bitw'))).toThrow();
  });

  it('says of a run that was changed on the way what it lacks', async () => {
    const recipe = JSON.parse(readFileSync(path('trained/small.recipe.json'), 'utf8')) as { training: object };
    writeFileSync(path('changed.recipe.json'), JSON.stringify({ ...recipe, training: { ...recipe.training, changes: ['Learning rate 0.003 → 0.001'] } }));
    expect(await run('replay', 'changed.recipe.json', '--model', 'small.bitmodel', '--data', 'small-data', '--out', 'nowhere')).toMatchObject({ code: 1, err: expect.stringContaining('changed while it ran (Learning rate 0.003 → 0.001)') });
  });
});
