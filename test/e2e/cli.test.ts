import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elementCount } from '../../core/graph/graph.ts';
import { writeModelArchive } from '../../core/project/archive.ts';
import { decodeMessage } from '../../core/rpc/codec.ts';
import { createFloatRuntime } from '../../core/runtime/watch.ts';
import { COMPILER } from '../fixtures/c-compiler.ts';
import { idx, PROGRAM, runCommand, type Run } from '../fixtures/command-line.ts';
import { NetworkBuilder } from '../fixtures/networks.ts';

// The command line as it was built, as a person runs it: arguments in, exit code and text out.

const folder = mkdtempSync(join(tmpdir(), 'bitwright-cli-'));
const path = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [TRAIN, TEST] = [200, 120];
const SIZE = 8;

const run = (...args: string[]): Promise<Run> => runIn(process.env, args);
const runIn = (env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Run> => runCommand(folder, args, env);

/** Of a checkpoint on disk, which is whole or absent at any time. */
function stepOf(file: string): number {
  if (!existsSync(file)) return 0;
  return (decodeMessage(readFileSync(file)) as { checkpoint: { step: number } }).checkpoint.step;
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await run(...args, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
}

/** A seeded network, and images labelled by what it answers: its own accuracy is then known to be 100 %. */
function makeInputs(): void {
  const net = new NetworkBuilder(11, [1, SIZE, SIZE, 1]);
  const a = net.maxPool('pool1', net.relu('relu1', net.batchNorm('bn1', net.conv('conv1', 'input', 8))));
  const b = net.relu('relu2', net.batchNorm('bn2', net.conv('conv2', a, 16)));
  net.dense('dense', net.flatten('flatten', net.maxPool('pool2', b)), 4);
  const model = net.build('small');
  writeFileSync(path('small.bitmodel'), writeModelArchive(model));
  const float = createFloatRuntime(model);
  const size = elementCount([SIZE, SIZE]);
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (const [prefix, count] of [['train', TRAIN], ['t10k', TEST]] as const) {
    const images = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const [x, y, weight] = [random() * SIZE, random() * SIZE, 60 + 190 * random()];
      for (let k = 0; k < size; k++) {
        const squared = ((k % SIZE) - x) ** 2 + (Math.floor(k / SIZE) - y) ** 2;
        images[i * size + k] = Math.min(255, weight * Math.exp(-squared / 4) + 30 * random());
      }
    }
    const labels = Uint8Array.from({ length: count }, (_, i) => {
      const answer = float.run(Float32Array.from(images.subarray(i * size, (i + 1) * size), (pixel) => pixel / 255));
      return answer.indexOf(Math.max(...answer));
    });
    mkdirSync(path('data'), { recursive: true });
    writeFileSync(path(`data/${prefix}-images-idx3-ubyte`), idx([count, SIZE, SIZE], images));
    writeFileSync(path(`data/${prefix}-labels-idx1-ubyte`), idx([count], labels));
  }
}

const DATA = ['--data', 'data'];
beforeAll(makeInputs);

interface Evaluated {
  readonly accuracy: number;
  readonly correct: number;
  readonly count: number;
  readonly interval: { readonly low: number; readonly high: number };
  readonly predictions: readonly number[];
  readonly preprocess: string;
}

describe('bitwright, built', () => {
  it('inspects', async () => {
    const facts = await json<{ layers: { name: string; op: string; parameters: number }[]; parameters: number; runs: true }>('inspect', 'small.bitmodel');
    expect(facts.runs).toBe(true);
    expect(facts.layers.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'dense']);
    const text = await run('inspect', 'small.bitmodel');
    expect(text.out).toContain('conv2');
  });

  it('evaluates, and finds the preprocessing by trying', async () => {
    const evaluated = await json<Evaluated>('evaluate', 'small.bitmodel', ...DATA);
    expect(evaluated).toMatchObject({ accuracy: 1, correct: TEST, count: TEST, preprocess: 'unit' });
    expect(evaluated.predictions).toHaveLength(TEST);
    expect(evaluated.interval.low).toBeGreaterThan(0.9);
    expect(await json<Evaluated>('evaluate', 'small.bitmodel', ...DATA, '--preprocess', 'unit', '--limit', '7')).toMatchObject({ count: 7, correct: 7 });
  });

  it('quantises, exports with proof, and evaluates both to the same answers', async () => {
    await json('quantize', 'small.bitmodel', '--scheme', 'int8', ...DATA, '--out', 'small.bitvar');
    await json('quantize', 'small.bitmodel', '--scheme', 'int8', ...DATA, '--out', 'direct.bitw');
    const exported = await json<{ files: { path: string; bytes: number }[]; proof: { equal: boolean; samples: number; answersEqual: number } }>('export', 'small.bitvar', ...DATA, '--target', 'bitw', '--out', 'package', '--prove');
    expect(exported.proof).toMatchObject({ equal: true, samples: TEST, answersEqual: TEST });
    const { packedBytes } = await json<{ packedBytes: number }>('inspect', 'small.bitvar');
    expect(readFileSync(path(exported.files[0]!.path)).length).toBe(packedBytes);
    expect(exported.files[0]!.bytes).toBe(packedBytes);
    const [variant, folderOf, packed, direct] = await Promise.all(
      [['small.bitvar'], ['package'], [exported.files[0]!.path], ['direct.bitw']].map(([file]) => json<Evaluated>('evaluate', file!, ...DATA, '--preprocess', 'unit')),
    );
    expect(variant!.accuracy).toBeGreaterThan(0.9);
    for (const other of [folderOf, packed, direct]) expect(other!.predictions).toEqual(variant!.predictions);
    expect((await json<Evaluated>('evaluate', 'package', ...DATA)).preprocess).toBe('unit');
    expect(readFileSync(path('direct.bitw'))).toEqual(readFileSync(path(exported.files[0]!.path)));
  });

  it('exports ONNX files that ONNX Runtime proves', async () => {
    writeFileSync(path('onnx-plan.json'), JSON.stringify({ layers: { conv2: 'ternary' }, default: 'int8' }));
    const exported = await json<{ files: { path: string; bytes: number }[]; proof: { equal: boolean; samples: number; answersEqual: number; rows: { differences: number }[]; reader: string } }>(
      'export', 'small.bitmodel', '--plan', 'onnx-plan.json', ...DATA, '--target', 'onnx', '--out', 'onnx', '--prove',
    );
    expect(exported.proof).toMatchObject({ equal: true, samples: TEST, answersEqual: TEST });
    expect(exported.proof.rows.map(({ differences }) => differences)).toEqual([0, 0, 0]);
    expect(exported.proof.reader).toMatch(/ONNX Runtime/);
    expect(readFileSync(path(exported.files[0]!.path)).length).toBe(exported.files[0]!.bytes);
  });

  it('exports a float network as it is, and one with a plan file', async () => {
    writeFileSync(path('plan.json'), JSON.stringify({ layers: { conv2: 'xnor' }, default: 'int8' }));
    expect((await run('export', 'small.bitmodel', '--target', 'bitw', '--out', 'float')).code).toBe(0);
    expect((await json<Evaluated>('evaluate', 'float', ...DATA)).accuracy).toBe(1);
    await json('export', 'small.bitmodel', '--plan', 'plan.json', ...DATA, '--target', 'bitw', '--out', 'planned', '--prove');
    const { layers } = await json<{ layers: { name: string; scheme: string }[] }>('inspect', 'planned');
    expect(layers.map(({ name, scheme }) => [name, scheme])).toEqual([['conv1', 'int8'], ['conv2', 'xnor'], ['dense', 'int8']]);
  });

  it('packs what is asked for beside the file, and never replaces another file unasked', async () => {
    const args = ['export', 'small.bitvar', ...DATA, '--target', 'bitw', '--out', 'packed', '--with', 'readme,vectors,recipe,report'];
    const { files } = await json<{ files: { path: string; bytes: number }[] }>(...args, '--prove');
    expect(files.map((file) => file.path.replace(/\\/g, '/').replace(/^packed\//, '')).toSorted()).toEqual(['README.md', 'small.bitw', 'small.html', 'small.recipe.json', 'vectors/golden.npy', 'vectors/inputs.npy']);
    for (const file of files) expect(readFileSync(path(file.path)).length).toBe(file.bytes);
    expect(readFileSync(path('packed/README.md'), 'utf8')).toContain(`${TEST} of ${TEST} answers are the same`);
    writeFileSync(path('packed/README.md'), 'of a person');
    const refused = await run(...args);
    expect([refused.code, refused.err.includes('--overwrite')]).toEqual([1, true]);
    expect(readFileSync(path('packed/README.md'), 'utf8')).toBe('of a person');
    expect((await run(...args, '--overwrite')).code).toBe(0);
    const unknown = await run('export', 'small.bitvar', ...DATA, '--target', 'bitw', '--out', 'packed', '--with', 'readme,film');
    expect([unknown.code, unknown.err.includes('"film"')]).toEqual([2, true]);
  });

  it.skipIf(COMPILER === null)('exports C that the compiler of this machine proves, and leaves nothing of it behind', async () => {
    mkdirSync(path('temporary'));
    const result = await runIn({ ...process.env, TMPDIR: path('temporary') }, ['export', 'small.bitvar', ...DATA, '--target', 'c99', '--out', 'c', '--prove']);
    expect(result.err).toBe('');
    expect(result.code).toBe(0);
    expect(result.out).toMatch(new RegExp(`Proved: ${TEST} of ${TEST} answers are equal, and all 3 layers are equal`));
    expect(readdirSync(path('c')).sort()).toEqual(['small.c', 'small.h', 'small_selftest.c']);
    expect(readdirSync(path('temporary'))).toEqual([]);
  });

  it('says that a proof of C needs a compiler where there is none, and writes the files without a proof', async () => {
    const without = { ...process.env, PATH: '' };
    const proving = await runIn(without, ['export', 'small.bitvar', '--target', 'c99', '--out', 'unproved', '--prove']);
    expect([proving.code, proving.out]).toEqual([1, '']);
    expect(proving.err).toMatch(/no C compiler here/);
    expect(existsSync(path('unproved'))).toBe(false);
    expect((await runIn(without, ['export', 'small.bitvar', '--target', 'c99', '--out', 'unproved'])).code).toBe(0);
    expect(readdirSync(path('unproved'))).toContain('small.c');
  });

  it('searches a plan for a budget, and writes one that quantize takes', async () => {
    interface Point { readonly bytes: number; readonly uniform: string | null; readonly refined: boolean; readonly divergence: number; readonly milliseconds: number | null; readonly measured: { readonly accuracy: number; readonly count: number; readonly divergence: number } }
    const { packedBytes: budget } = await json<{ packedBytes: number }>('quantize', 'small.bitmodel', '--scheme', 'int4', ...DATA, '--out', 'int4.bitvar');
    const found = await json<{ points: Point[]; chosen: Point; floatAccuracy: number }>('search', 'small.bitmodel', ...DATA, '--budget-kb', String(budget / 1000), '--probes', '60', '--refine', '1', '--out', 'found.json');
    expect(found.floatAccuracy).toBe(1);
    expect(found.chosen.bytes).toBeLessThanOrEqual(budget);
    const fit = found.points.filter((point) => point.bytes <= budget);
    // Every precision of every layer was open, so the solver predicts no more loss than one precision throughout does.
    const predicted = Math.min(...fit.filter((point) => point.uniform === null && !point.refined).map((point) => point.divergence));
    for (const uniform of fit.filter((point) => point.uniform !== null)) expect(predicted).toBeLessThanOrEqual(uniform.divergence + 1e-12);
    // What was measured decides.
    expect(found.chosen.measured.divergence).toBe(Math.min(...fit.map((point) => point.measured.divergence)));
    expect(found.points.every(({ measured }) => measured.count === TEST)).toBe(true);
    const { packedBytes } = await json<{ packedBytes: number }>('quantize', 'small.bitmodel', '--plan', 'found.json', ...DATA, '--out', 'found.bitvar');
    expect(packedBytes).toBe(found.chosen.bytes);
    expect((await json<Evaluated>('evaluate', 'found.bitvar', ...DATA)).accuracy).toBe(found.chosen.measured.accuracy);
    const text = await run('search', 'small.bitmodel', ...DATA, '--budget-ms', '1000', '--floor-accuracy', '90', '--probes', '40', '--points', '6', '--out', 'timed.json');
    expect(text.code, text.err).toBe(0);
    expect(text.out).toMatch(/Plan\s+KB\s+ms ≈\s+KL ≈/);
    expect(text.out).toMatch(/→\s+(solver|refined|[A-Z0-9]+)/);
    expect(JSON.parse(readFileSync(path('timed.json'), 'utf8'))).toHaveProperty('layers.conv2');
  });

  it('times a network, and a packed one on its own', async () => {
    await json('quantize', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--out', 'timed.bitvar');
    const speed = await json<{ milliseconds: number; ratio: { median: number }; layers: unknown[]; machine: { cores: number }; baselines: { difference: number; tensorflow: { median: number } } | null }>('bench', 'timed.bitvar', '--rounds', '5');
    expect(speed.milliseconds).toBeGreaterThan(0);
    expect(speed.ratio.median).toBeGreaterThan(0);
    expect(speed.layers).toHaveLength(3);
    expect(speed.baselines?.difference).toBeLessThan(1e-3);
    expect(speed.baselines?.tensorflow.median).toBeGreaterThan(0);
    const text = await run('bench', 'timed.bitvar', '--rounds', '5', '--tensorflow', 'off', '--json', 'speed.json');
    expect(text.out).toMatch(/Layer\s+Precision\s+ms\s+float32 ms\s+FP32\s+INT8/);
    // Ternary has no kernel of its own: the table says so, and so does the file.
    expect(text.out).toContain('It runs on INT8’s kernel');
    const written = JSON.parse(readFileSync(path('speed.json'), 'utf8')) as { baselines: unknown; layers: { reasons: { kind: string }[] }[]; ladder: { rows: unknown[] } };
    expect(written.baselines).toBeNull();
    expect(written.layers[1]!.reasons.map(({ kind }) => kind)).toContain('shared-kernel');
    expect(written.ladder.rows).toHaveLength(6 * 3 - 1);
    await json('quantize', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--out', 'timed.bitw');
    const packed = await json<{ milliseconds: number; divided: { threads: number; ratio: { median: number } } }>('bench', 'timed.bitw', '--threads', '2');
    expect(packed.milliseconds).toBeGreaterThan(0);
    expect(packed.divided.threads).toBe(2);
    expect(packed.divided.ratio.median).toBeGreaterThan(0);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['a file that is not there', ['inspect', 'none.onnx'], 1, /no such file/],
    ['a model that is none', ['inspect', 'plan.json'], 1, /./],
    ['a model cut short', ['inspect', 'cut.bitmodel'], 1, /cut\.bitmodel/],
    ['data that does not fit', ['evaluate', 'small.bitmodel', '--data', 'wide'], 1, /./],
    ['a packed file with one byte changed', ['evaluate', 'broken.bitw', ...DATA], 1, /checksum|broken\.bitw/],
    ['precisions without samples', ['export', 'small.bitmodel', '--scheme', 'int8', '--target', 'bitw', '--out', 'x'], 1, /Add --data/],
    ['a plan for a layer that is not there', ['quantize', 'small.bitmodel', '--plan', 'wrong.json', ...DATA, '--out', 'x.bitvar'], 1, /no layer "conv9"/],
    ['quantising what is quantised', ['quantize', 'small.bitvar', '--scheme', 'int8', ...DATA, '--out', 'x.bitvar'], 1, /already has its precisions/],
    ['an unknown scheme', ['quantize', 'small.bitmodel', '--scheme', 'int3', ...DATA, '--out', 'x.bitvar'], 2, /--scheme is one of/],
    ['a budget that nothing fits', ['search', 'small.bitmodel', ...DATA, '--budget-kb', '0.1', '--probes', '8', '--out', 'x.json'], 1, /No plan fits the budget: the most frugal one takes \d/],
    ['an accuracy that nothing keeps', ['search', 'small.bitmodel', ...DATA, '--floor-accuracy', '100.5', '--probes', '8', '--points', '3', '--out', 'x.json'], 1, /No plan of the front keeps 100\.5 %/],
    ['a search without a budget', ['search', 'small.bitmodel', ...DATA, '--out', 'x.json'], 2, /needs --budget-kb, --budget-ms or --floor-accuracy/],
    ['an unknown target', ['export', 'small.bitvar', '--target', 'exe', '--out', 'x'], 2, /--target is one of/],
  ])('refuses %s with a sentence and writes nothing', async (_what, args, code, sentence) => {
    writeFileSync(path('cut.bitmodel'), readFileSync(path('small.bitmodel')).subarray(0, 600));
    writeFileSync(path('wrong.json'), '{"layers":{"conv9":"int8"}}');
    const broken = readFileSync(path('direct.bitw'));
    broken[100]! ^= 1;
    writeFileSync(path('broken.bitw'), broken);
    mkdirSync(path('wide'), { recursive: true });
    writeFileSync(join(path('wide'), 't10k-images-idx3-ubyte'), idx([2, 9, 9], new Uint8Array(162)));
    writeFileSync(join(path('wide'), 't10k-labels-idx1-ubyte'), idx([2], new Uint8Array(2)));
    const before = readdirSync(folder).sort();
    const result = await run(...args);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(sentence);
    // A sentence, not a trace of the code.
    expect(result.err).not.toMatch(/\n\s+at /);
    expect(result.out).toBe('');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('trains, leaving a variant that evaluate accepts', async () => {
    const trained = await json<{ deployed: { accuracy: number }; history: unknown[] }>('train', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--epochs', '2', '--seed', '1', '--batch', '20', '--out', 'trained.bitvar');
    expect(trained.history.length).toBeGreaterThan(0);
    const { accuracy } = await json<Evaluated>('evaluate', 'trained.bitvar', ...DATA);
    expect(accuracy).toBeGreaterThan(0.5);
    expect(existsSync(path('trained.bitvar.checkpoint'))).toBe(false);
  });

  it('a run that Ctrl-C ends leaves with 130, and its last checkpoint, from which it goes on to its end', async () => {
    const args = ['train', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--batch', '20', '--epochs', '8', '--seed', '1', '--out', 'stopped.bitvar'];
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder });
    const stopped = await new Promise<Run>((resolve) => {
      let err = '';
      let interrupted = false;
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString();
        // Once: a second Ctrl-C ends the program at once, as a person in a hurry expects.
        if (!interrupted && err.includes('Epoch 2 ')) interrupted = child.kill('SIGINT');
      });
      child.on('close', (code) => resolve({ code: code ?? -1, out: '', err }));
    });
    expect(stopped.code, stopped.err).toBe(130);
    expect(stopped.err).toContain('go on with --resume stopped.bitvar.checkpoint');
    expect(existsSync(path('stopped.bitvar'))).toBe(false);
    const absent = await run(...args, '--resume', 'nothing.checkpoint');
    expect([absent.code, absent.err.includes('The checkpoint cannot be read.')]).toEqual([1, true]);
    const resumed = await run('train', 'small.bitmodel', ...DATA, '--out', 'stopped.bitvar', '--resume', 'stopped.bitvar.checkpoint');
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.err).toContain('Epoch 8 of 8');
    expect(resumed.err).toMatch(/Goes on at step \d+ of 72\./);
    expect(resumed.err).not.toContain('Epoch 1 of 8');
    expect(existsSync(path('stopped.bitvar'))).toBe(true);
    expect(existsSync(path('stopped.bitvar.checkpoint'))).toBe(false);
  });

  it('a run that is killed loses no more than the steps since its last checkpoint, and ends as if it had not been', async () => {
    const args = ['train', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--batch', '2', '--epochs', '6', '--seed', '1'];
    const saved = path('killed.bitvar.checkpoint');
    const child = spawn(process.execPath, [PROGRAM, ...args, '--out', 'killed.bitvar'], { cwd: folder });
    const signal = await new Promise<NodeJS.Signals | null>((resolve) => {
      // The epochs last milliseconds here, and a disk may be slower than one; what counts is what lies on it.
      const watch = setInterval(() => stepOf(saved) >= 90 && child.kill('SIGKILL'), 1);
      child.on('close', (_code, by) => {
        clearInterval(watch);
        resolve(by);
      });
    });
    expect(signal).toBe('SIGKILL');
    expect(existsSync(path('killed.bitvar'))).toBe(false);
    const kept = stepOf(saved);
    const resumed = await run(...args, '--out', 'killed.bitvar', '--resume', 'killed.bitvar.checkpoint');
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.err).toContain(`Goes on at step ${kept} of 540.`);
    expect((await run(...args, '--out', 'whole.bitvar')).code).toBe(0);
    expect(readFileSync(path('killed.bitvar')).equals(readFileSync(path('whole.bitvar')))).toBe(true);
    expect(existsSync(saved)).toBe(false);
  });

  it('goes on with another learning rate where a person says so, and writes that down', async () => {
    const args = ['train', 'small.bitmodel', '--scheme', 'ternary', ...DATA, '--batch', '20', '--epochs', '8', '--out', 'changed.bitvar'];
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder });
    await new Promise((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => chunk.toString().includes('Epoch 2 of 8') && child.kill('SIGINT'));
      child.on('close', resolve);
    });
    const { history } = await json<{ history: { step: number; changes?: string[] }[] }>('train', 'small.bitmodel', ...DATA, '--out', 'changed.bitvar', '--resume', 'changed.bitvar.checkpoint', '--learning-rate', '0.001', '--epochs', '5', '--freeze', 'conv2', '--prune', 'conv1=0.5');
    expect(history.flatMap(({ changes }) => changes ?? [])).toEqual(['Epochs 8 → 5', 'Learning rate 0.003 → 0.001', 'conv2 frozen', 'conv1 pruned to 0.5']);
    expect(history.at(-1)?.step).toBe(45);
    const unknown = await run(...args, '--freeze', 'cnov');
    expect([unknown.code, unknown.err.includes('There is no layer "cnov"; the layers are ')]).toEqual([1, true]);
    const nothing = await run('train', 'small.bitmodel', ...DATA, '--out', 'x.bitvar');
    expect([nothing.code, nothing.err.includes('or a run to --resume')]).toEqual([2, true]);
  });
});
