import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { describeError, StudioError } from '../../core/base/errors.ts';
import { IMPORTERS, readNetwork } from '../../core/import/index.ts';
import { readModelArchive, writeModelArchive } from '../../core/project/archive.ts';
import { writeKeras, writeKerasArchive } from '../fixtures/keras-writer.ts';
import { writeOnnx } from '../fixtures/onnx-writer.ts';
import { kerasCases } from '../golden/import-keras.cases.ts';
import { onnxCases } from '../golden/import-onnx.cases.ts';
import { graphCases } from '../golden/import-tfjs.cases.ts';

const onnx = writeOnnx(onnxCases(1)[0].model);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function refusal(name: string, bytes: Uint8Array): Promise<string> {
  const error: unknown = await readNetwork([{ name, bytes }]).then(() => null, (reason: unknown) => reason);
  if (error instanceof StudioError) return describeError(error);
  throw new Error(`expected a StudioError, not ${String(error)}`);
}

describe('a format is recognised', () => {
  it('by content, whatever the name says', async () => {
    const { model } = await readNetwork([{ name: 'a.onnx', bytes: onnx }]);
    const sources = { onnx, keras: await writeKeras(kerasCases(1)[0]), 'keras-3': await writeKerasArchive(kerasCases(1)[0]), tfjs: graphCases(1)[0].files[0].bytes, bitmodel: writeModelArchive(model) };
    for (const [format, bytes] of Object.entries(sources)) {
      const claimed = Object.entries(IMPORTERS).filter(([, row]) => row.detect({ name: 'misnamed.txt', bytes }));
      expect(claimed.map(([id]) => id)).toEqual([format]);
    }
  });

  it('among files that lie beside it', async () => {
    const { fileName } = await readNetwork([{ name: 'README.md', bytes: text('# Read me') }, { name: 'a.onnx', bytes: onnx }]);
    expect(fileName).toBe('a.onnx');
  });
});

describe('a file that cannot be opened is refused with what can be', () => {
  const can = 'TensorFlow Lite (.tflite), ONNX (.onnx), Keras HDF5 (.h5, .hdf5), Keras 3 (.keras), TensorFlow.js (.json, .zip), Bitwright network (.bitmodel)';
  it.each<[string, string, Uint8Array, string]>([
    ['a text', 'notes.txt', text('hello there'), 'notes.txt is not a network that can be opened (it starts with the bytes 68 65 6c 6c 6f 20 74 68).'],
    ['nothing', 'empty.onnx', new Uint8Array(0), 'empty.onnx is empty.'],
    ['a PyTorch checkpoint', 'net.pt', zipSync({ 'archive/data.pkl': text('') }), 'net.pt is a PyTorch checkpoint, which cannot be opened.'],
    ['a picture', 'cat.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), 'cat.png is not a network that can be opened'],
  ])('%s', async (_, name, bytes, sentence) => {
    const message = await refusal(name, bytes);
    expect(message).toContain(sentence);
    expect(message).toContain(can);
  });

  it('weights without their network are refused with how to save both', async () => {
    const { weights } = kerasCases(1)[0];
    expect(await refusal('net.weights.h5', await writeKeras({ config: null, weights }))).toContain('net.weights.h5 holds weights without the network they belong to');
    expect(await refusal('net.keras', zipSync({ 'model.weights.h5': text('') }))).toContain('net.keras holds no config.json, so that it is not a whole Keras network.');
    expect(await refusal('net.keras', zipSync({ 'config.json': text('{}'), 'model.weights.h5': text('') }))).toContain('The description of the network in net.keras is a "undefined"');
  });

  it('a zip without a network is no folder of TensorFlow.js', async () => {
    expect(await refusal('photos.zip', zipSync({ 'cat.txt': text('cat') }))).toContain('photos.zip is a zip without a model.json of TensorFlow.js, or one that is damaged.');
  });

  it('but a damaged file of a known name gets the message of its reader', async () => {
    expect(await refusal('net.h5', text('not HDF5 at all'))).toContain('net.h5 cannot be read as HDF5: file signature not found (the file has 15 bytes).');
    expect(await refusal('net.tflite', text('TFL3'))).toContain('net.tflite cannot be read as TensorFlow Lite: the mark of the format goes beyond the end at byte 4.');
    expect(await refusal('net.onnx', Uint8Array.of(0xff, 0xff, 0xff))).toContain('net.onnx cannot be read as ONNX: a number is cut off at byte 0 (bytes ff ff ff).');
  });
});

describe("the studio's own network file", () => {
  it('has the same bytes every time and reads back the same network', async () => {
    const { model } = await readNetwork([{ name: 'a.onnx', bytes: onnx }]);
    const bytes = writeModelArchive(model, { preprocess: 'unit', accuracy: 0.97 });
    expect(writeModelArchive(model, { preprocess: 'unit', accuracy: 0.97 })).toEqual(bytes);
    const read = readModelArchive(bytes);
    expect(read.model.graph).toEqual(model.graph);
    expect([...read.model.weights].toSorted()).toEqual([...model.weights].toSorted());
    expect(read.meta).toEqual({ preprocess: 'unit', accuracy: 0.97 });
    expect((await readNetwork([{ name: 'b.bitmodel', bytes }])).format).toBe('Bitwright network');
  });

  it('is refused when one bit of a weight changed', async () => {
    const { model } = await readNetwork([{ name: 'a.onnx', bytes: onnx }]);
    const bytes = writeModelArchive(model);
    const [first] = model.weights.values();
    const needle = new Uint8Array(first.buffer, first.byteOffset, 4);
    const at = bytes.findIndex((_, i) => needle.every((byte, k) => bytes[i + k] === byte));
    bytes[at] ^= 1;
    expect(() => readModelArchive(bytes, 'bent.bitmodel')).toThrow('bent.bitmodel is not a readable Bitwright network: its content is not what was written');
  });

  it('of a newer version is refused with a sentence', () => {
    const bytes = zipSync({ 'model.json': text(JSON.stringify({ format: 'bitwright-model', version: 2 })), 'weights.bin': text('') });
    expect(() => readModelArchive(bytes, 'new.bitmodel')).toThrow('its version is 2 where 1 can be read');
  });
});
