import { expect, test } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { crc32 } from '../../core/export/packed/bytes.ts';
import { readPacked } from '../../core/export/packed/read.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { bake } from '../../core/runtime/bake.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { createRuntime } from '../../core/runtime/run.ts';
import { NO_CALIBRATION, watchFloat } from '../../core/runtime/watch.ts';
import { calibrate } from '../../core/quant/calibrate.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { fuzzRounds } from '../fixtures/fuzz-rounds.ts';
import { plainNetwork } from '../fixtures/networks.ts';

const model = plainNetwork(2);
const size = elementCount(model.graph.inputs[0].shape);
const noise = createRandom(1);
const calibration = await calibrate(model, watchFloat(model), () => Float32Array.from({ length: size }, () => noise.normal()), 8, { observer: 'mse' });
const plan = { conv1: { scheme: 'int8' }, conv2: { scheme: 'ternary' }, conv3: { scheme: 'xnor' }, dense1: { scheme: 'binary' } } as const;
const good = writePacked(bake(model, plan, calibration));

/** Makes the checksum right again, so that the reader behind it is what is tested. */
function sealed(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)), true);
  return bytes;
}

test('every truncation is refused with a sentence that names the file', () => {
  for (let length = 0; length < good.length; length += 7) {
    expect(() => readPacked(good.slice(0, length), 'cut.bitw')).toThrow(StudioError);
  }
});

test('one flipped bit anywhere is found by the checksum', () => {
  const random = createRandom(5);
  for (let i = 0; i < fuzzRounds(300); i++) {
    const bytes = good.slice();
    bytes[random.integer(0, bytes.length)] ^= 1 << random.integer(0, 8);
    expect(() => readPacked(bytes, 'bent.bitw')).toThrow(StudioError);
  }
});

test('damage under a right checksum either is refused or gives a network that runs or refuses to run; it never hangs', () => {
  const random = createRandom(6);
  for (let i = 0; i < fuzzRounds(400); i++) {
    const bytes = good.slice();
    for (let k = random.integer(1, 5); k > 0; k--) bytes[random.integer(8, bytes.length - 4)] = random.integer(0, 256);
    try {
      const program = readPacked(sealed(bytes), 'forged.bitw');
      const total = program.network.buffers.reduce((sum, buffer) => sum + elementCount(buffer.shape), 0);
      if (total < 1e6) createRuntime(program, createEngine({ variant: 'reference' }));
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }
});

test('a float32 network needs no calibration to be written and read', () => {
  const bytes = writePacked(bake(model, {}, NO_CALIBRATION));
  expect(readPacked(bytes, 'float.bitw').network.steps.length).toBeGreaterThan(0);
});
