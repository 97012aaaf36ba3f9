import { StudioError } from '../base/errors.ts';
import type { NamedFile } from '../data/data-set.ts';
import type { Model } from '../graph/graph.ts';
import { normalise } from '../graph/passes/normalise.ts';
import { verifyModel } from '../graph/verify.ts';
import type { StatedGrids } from '../quant/calibration.ts';
import type { Plan } from '../schemes/scheme.ts';
import { readModelArchive } from '../project/archive.ts';
import { isHdf5, isOnnx, isTflite, isZip, zipMentions } from './detect.ts';
import { IMPORT_FORMATS, type ImportFormat } from './formats.ts';
import type { Importer } from './importer.ts';
import { isTfjsModel, modelInZip } from './tfjs/files.ts';

/** Formats that can be opened, in the order they are tried. A reader loads when it is needed. */
export const IMPORTERS = {
  tflite: {
    ...IMPORT_FORMATS.tflite,
    detect: ({ bytes }) => isTflite(bytes),
    read: async ([file]) => (await import('./tflite/read.ts')).readTfliteModel(file),
  },
  onnx: {
    ...IMPORT_FORMATS.onnx,
    detect: ({ bytes }) => isOnnx(bytes),
    read: async ([file, ...beside]) => (await import('./onnx/read.ts')).readOnnxModel(file, beside),
  },
  keras: {
    ...IMPORT_FORMATS.keras,
    detect: ({ bytes }) => isHdf5(bytes),
    read: async ([file]) => (await import('./keras/read.ts')).readKerasModel(file),
  },
  'keras-3': {
    ...IMPORT_FORMATS['keras-3'],
    detect: ({ bytes }) => isZip(bytes) && zipMentions(bytes, 'model.weights.h5'),
    read: async ([file]) => (await import('./keras/read-archive.ts')).readKerasArchive(file),
  },
  tfjs: {
    ...IMPORT_FORMATS.tfjs,
    detect: ({ name, bytes }) => (isZip(bytes) ? zipMentions(bytes, 'model.json') && modelInZip(bytes, name) !== null : isTfjsModel(bytes)),
    read: async (files) => (await import('./tfjs/read.ts')).readTfjsModel(files),
  },
  bitmodel: {
    ...IMPORT_FORMATS.bitmodel,
    detect: ({ bytes }) => isZip(bytes) && zipMentions(bytes, 'model.json') && zipMentions(bytes, 'weights.bin'),
    read: async ([file]) => ({ model: readModelArchive(file.bytes, file.name).model, notes: [] }),
  },
} as const satisfies Record<ImportFormat, Importer>;

export interface ReadNetwork {
  readonly fileName: string;
  /** Name of the format for people. */
  readonly format: string;
  readonly model: Model;
  /** Rewrites and notes, as sentences. */
  readonly folds: readonly string[];
  /** The precisions that the file has its layers in; layers that are not listed have real numbers. */
  readonly plan: Plan;
  /** The ranges that the file states; empty where it is not quantised. */
  readonly grids: StatedGrids;
}

const extensionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/** Recognised by content; where no content fits, by extension, so that a damaged file gets its reader's own message. */
function recognise(files: readonly NamedFile[]): { readonly importer: Importer; readonly file: NamedFile } | null {
  const rows: readonly Importer[] = Object.values(IMPORTERS);
  for (const file of files) {
    const importer = rows.find((row) => row.detect(file));
    if (importer) return { importer, file };
  }
  for (const file of files) {
    const importer = file.bytes.length > 0 ? rows.find((row) => row.extensions.includes(extensionOf(file.name))) : undefined;
    if (importer) return { importer, file };
  }
  return null;
}

/** Reads a network, rewrites it to the studio's form and verifies it with its weights. */
export async function readNetwork(files: readonly NamedFile[]): Promise<ReadNetwork> {
  const found = recognise(files);
  if (!found) throw notRecognised(files);
  const { importer, file } = found;
  const { model: original, notes, plan = {}, grids = {} } = await importer.read([file, ...files.filter((other) => other !== file)]);
  const { model, folds } = normalise(original);
  verifyModel(model);
  return { fileName: file.name, format: importer.name, model, folds: [...notes, ...folds], plan, grids };
}

/** Formats people are likely to try, with what to do instead. */
const NOT_READ: readonly { readonly fits: (bytes: Uint8Array) => boolean; readonly what: string; readonly next: string }[] = [
  { fits: (bytes) => isZip(bytes) && zipMentions(bytes, 'data.pkl'), what: 'a PyTorch checkpoint', next: 'Export it with torch.onnx.export.' },
  { fits: (bytes) => bytes[0] === 0x80 && bytes[1] <= 5, what: 'a Python pickle', next: 'Export the network with torch.onnx.export.' },
];

function notRecognised(files: readonly NamedFile[]): StudioError {
  if (files.length === 0) return new StudioError('No file was given.', { next: 'Choose the file of a trained network.' });
  const [file] = files;
  const rows: readonly Importer[] = Object.values(IMPORTERS);
  const can = rows.map((row) => `${row.name} (${row.extensions.map((extension) => `.${extension}`).join(', ')})`).join(', ');
  if (file.bytes.length === 0) return new StudioError(`${file.name} is empty.`, { where: file.name, next: `What can be opened: ${can}.` });
  const known = NOT_READ.find((row) => row.fits(file.bytes));
  if (known) return new StudioError(`${file.name} is ${known.what}, which cannot be opened.`, { where: file.name, next: `${known.next} What can be opened: ${can}.` });
  const first = [...file.bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return new StudioError(`${file.name} is not a network that can be opened (it starts with the bytes ${first}).`, {
    where: file.name,
    next: `What can be opened: ${can}.`,
  });
}
