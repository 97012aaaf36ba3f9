import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StudioError } from '../../core/base/errors.ts';
import type { DataSet, NamedFile, PreprocessId } from '../../core/data/data-set.ts';
import type { Model } from '../../core/graph/graph.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { initialValues } from '../../core/quant/fields.ts';
import { decodeMessage, encodeMessage } from '../../core/rpc/codec.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { trainNetwork } from '../../core/train/loop.ts';
import { RECIPE_FIELDS, recipeOf, type Recipe } from '../../core/train/recipe.ts';
import { lenet } from '../fixtures/training-networks.ts';

/** A trained float32 network with data that it was not judged on yet. */
export interface Subject {
  readonly model: Model;
  readonly data: DataSet;
  readonly preprocess: PreprocessId;
}

export interface Surroundings {
  /** Folder of real networks and data. */
  readonly data: string;
  /** Where finished runs are kept, so that a stopped command goes on. */
  readonly kept: string;
  readonly say: (line: string) => void;
}

const context = { signal: new AbortController().signal, report: () => {} };
const file = (path: string): NamedFile => ({ name: path, bytes: new Uint8Array(readFileSync(path)) });

export function recipeWith(changes: Partial<Recipe>): Recipe {
  return { ...recipeOf(initialValues(RECIPE_FIELDS)), ...changes };
}

/** What a float32 LeNet is trained with from random weights; the held-out thousand choose nothing here. */
const FLOAT_RECIPES: Readonly<Record<'fashion' | 'mnist', Partial<Recipe>>> = {
  fashion: { epochs: 6, batch: 100, learningRate: 0.002, weightDecay: 0.02 },
  mnist: { epochs: 6, batch: 100, learningRate: 0.002, weightDecay: 0.02 },
};

const FOLDERS = { fashion: 'fashion-mnist', mnist: 'mnist' } as const;
const IDX_FILES = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz', 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];

async function idxData(which: 'fashion' | 'mnist', { data }: Surroundings): Promise<DataSet> {
  return (await JOBS.openData({ files: IDX_FILES.map((name) => file(join(data, FOLDERS[which], name))) }, context)).data;
}

async function floatLenet(which: 'fashion' | 'mnist', seed: number, surroundings: Surroundings): Promise<Subject> {
  const data = await idxData(which, surroundings);
  const preprocess = 'unit';
  const path = join(surroundings.kept, `lenet-${which}-${seed}.model`);
  if (existsSync(path)) return { model: decodeMessage(new Uint8Array(readFileSync(path))) as Model, data, preprocess };
  const recipe = recipeWith(FLOAT_RECIPES[which]);
  const started = performance.now();
  let shown = 0;
  const report = ({ step, steps, loss, validationAccuracy }: { readonly step: number; readonly steps: number; readonly loss: number; readonly validationAccuracy?: number }): void => {
    if (validationAccuracy === undefined || step === shown) return;
    shown = step;
    surroundings.say(`  float32, seed ${seed}: step ${step} of ${steps}, loss ${loss.toFixed(4)}, held out ${(validationAccuracy * 100).toFixed(2)} %`);
  };
  const { model } = await trainNetwork({ model: lenet(seed), plan: {}, calibration: NO_CALIBRATION, teacher: null, data, preprocess, recipe, seed, report });
  surroundings.say(`  float32 LeNet on ${which}, seed ${seed}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeMessage(model));
  return { model, data, preprocess };
}

async function resnet8({ data }: Surroundings, images: readonly string[]): Promise<Subject> {
  const { model } = await JOBS.importModel({ files: [file(join(data, 'models/mlperf-tiny/pretrainedResnet.h5'))] }, context);
  const opened = await JOBS.openData({ files: images.map((name) => file(join(data, 'cifar10-jpeg', name))) }, context);
  return { model, data: opened.data, preprocess: 'raw' };
}

/** Records 2000 to 3999 of the lossless training file as test samples, the ones before them for calibration. */
async function lossless(surroundings: Surroundings): Promise<Subject> {
  const subject = await resnet8(surroundings, ['lossless_train_first4000.bin']);
  const { test } = subject.data;
  const cut = (from: number, to: number) => {
    const size = test.images.length / test.count;
    return { count: to - from, images: test.images.slice(from * size, to * size), labels: test.labels?.slice(from, to) ?? null };
  };
  return { ...subject, data: { ...subject.data, train: cut(0, 2000), test: cut(2000, 4000), hash: `${subject.data.hash}/lossless` } };
}

export type SubjectId = 'lenet-fashion' | 'lenet-mnist' | 'resnet8-lossless' | 'resnet8-jpeg';

export const SUBJECTS: Readonly<Record<SubjectId, { readonly title: string; readonly open: (seed: number, surroundings: Surroundings) => Promise<Subject> }>> = {
  'lenet-fashion': { title: 'LeNet-32/64, Fashion-MNIST', open: (seed, surroundings) => floatLenet('fashion', seed, surroundings) },
  'lenet-mnist': { title: 'LeNet-32/64, MNIST', open: (seed, surroundings) => floatLenet('mnist', seed, surroundings) },
  'resnet8-lossless': { title: 'ResNet-8, CIFAR-10 training records 2000–3999', open: (_, surroundings) => lossless(surroundings) },
  'resnet8-jpeg': {
    title: 'ResNet-8, CIFAR-10 (JPEG)',
    open: (_, surroundings) => resnet8(surroundings, ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch_5000.bin']),
  },
};

export async function openSubject(id: SubjectId, seed: number, surroundings: Surroundings): Promise<Subject> {
  if (!existsSync(surroundings.data)) {
    throw new StudioError(`The folder of real networks and data is absent.`, { where: surroundings.data, next: 'Name it in BITWRIGHT_DATA.' });
  }
  return SUBJECTS[id].open(seed, surroundings);
}
