import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { signBytes, type KernelCall, type StageKernels, type StageName, type Work } from '../../core/kernels/kernel.ts';
import { createEngine } from '../../core/kernels/load.ts';
import { place } from '../../core/kernels/memory.ts';
import { packedSigns } from './kernels-cases.ts';
import { allocateGuarded } from './kernels-guard.ts';

const SEED = 77;
const CHANNELS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 128] as const;
const PIXELS = 3;
const INT32_EDGES = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, -(2 ** 24) - 1] as const;

type Variant = StageKernels['variant'];
type Stage = (stages: StageKernels, input: number, output: number, put: (data: ArrayBufferView) => number) => void;

/** Runs one stage in a fresh engine and returns the bytes it wrote between two guards. */
function runStage(variant: Variant, input: ArrayBufferView, outputBytes: number, stage: Stage): ArrayBuffer {
  const { memory, stages } = createEngine({ variant });
  expect(stages.variant).toBe(variant);
  const output = allocateGuarded(memory, outputBytes);
  stage(stages, place(memory, input), output.offset, (data) => place(memory, data));
  return output.read().buffer;
}

const NONE = Float32Array.of(0);

/** Steps rounded one by one, by storing them. */
function scaledFloats(acc: Int32Array, m: Float32Array, b: Float32Array): Float32Array {
  const result = Float32Array.from(acc);
  for (let i = 0; i < result.length; i++) {
    result[i] *= m[i % m.length];
    result[i] += b[i % b.length];
  }
  return result;
}

/** Ties to even without Math.round: adding 1.5·2^52 to a double leaves no room for a fraction. */
function nearestEven(x: number): number {
  const magic = 1.5 * 2 ** 52;
  return Math.abs(x) < 2 ** 50 ? x + magic - magic : x;
}

describe('stages divided among threads', () => {
  const random = createRandom(SEED);
  const count = 40;
  const scalars: { readonly [N in Exclude<StageName, 'maxPoolSigns'>]: readonly number[] } = {
    affine: [-1, 2], requantise: [3, -100, 100], clip: [-0.5, 0.5], threshold: [], quantise: [12, -3], dequantise: [0.1, 7], signPackFloat: [], signPackInt8: [],
  };

  it.each(Object.keys(scalars) as (keyof typeof scalars)[])('%s over parts of its items writes what it writes over all', (name) => {
    for (const channels of CHANNELS) {
      const engine = createEngine({ variant: 'wasm' });
      const byPixel = !['clip', 'quantise', 'dequantise'].includes(name);
      const values = byPixel ? PIXELS * channels : count + channels;
      const integers = name === 'affine' || name === 'requantise' || name === 'threshold';
      const drawn = name === 'dequantise' || name === 'signPackInt8' ? new Int8Array(values) : integers ? new Int32Array(values) : new Float32Array(values);
      const input = place(engine.memory, drawn.map(() => random.integer(-20, 20)));
      const perChannel = () => place(engine.memory, (name === 'threshold' || name === 'signPackInt8' ? new Int32Array(channels) : new Float32Array(channels)).map(() => random.integer(-3, 4)));
      const arrays = !byPixel ? [] : name === 'affine' || name === 'requantise' ? [perChannel(), perChannel()] : [perChannel()];
      const outputs = ['whole', 'parts'].map((parts) => {
        const output = allocateGuarded(engine.memory, name === 'requantise' || name === 'quantise' ? values : /threshold|sign/.test(name) ? PIXELS * signBytes(channels) : values * 4);
        const args = [input, ...arrays, output.offset, ...(byPixel ? [PIXELS, channels] : [values]), ...scalars[name]];
        const call = (engine.stage as (stage: StageName, numbers: readonly number[]) => Work)(name, args) as KernelCall;
        const items = call.items!;
        const cuts = parts === 'whole' ? [0, items] : [0, 1, Math.ceil(items / 2), items];
        for (let i = cuts.length - 1; i > 0; i--) engine.bind({ export: call.export, args: [...call.args, cuts[i - 1], cuts[i]] })();
        return output.read();
      });
      expect(outputs[1], `${channels} channels`).toEqual(outputs[0]);
    }
  });
});

describe.each(['reference', 'wasm'] as const)('stages of the %s engine', (variant) => {
  it('quantise rounds ties to even, shifts by the zero point and saturates', () => {
    const x = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, 126.5, 127.5, -128.5, -129.5, 1e30, -1e30, Infinity, -Infinity, 3e9, -3e9, -0, 100.25);
    const q = (zeroPoint: number, scale = 1) => [
      ...new Int8Array(runStage(variant, x, x.length, (s, input, output) => s.quantise(input, output, x.length, scale, zeroPoint))),
    ];
    expect(q(0)).toEqual([0, 2, 2, 0, -2, -2, 0, 126, 127, -128, -128, 127, -128, 127, -128, 127, -128, 0, 100]);
    expect(q(-128)).toEqual([-128, -126, -126, -128, -128, -128, -128, -2, 0, -128, -128, 127, -128, 127, -128, 127, -128, -128, -28]);
    expect(q(127)).toEqual([127, 127, 127, 127, 125, 125, 127, 127, 127, -1, -3, 127, -128, 127, -128, 127, -128, 127, 127]);
    expect(q(3, 0.5).slice(0, 6)).toEqual([3, 4, 4, 3, 2, 2]);
  });

  it('quantise and dequantise agree with float32 arithmetic for every length to 40', () => {
    const random = createRandom(SEED);
    for (let count = 1; count <= 40; count++) {
      const zeroPoint = random.integer(-128, 128);
      const inverse = Math.fround(random.uniform(0.1, 60));
      const x = Float32Array.from({ length: count }, () => random.normal(0, 3));
      const q = new Int8Array(runStage(variant, x, count, (s, i, o) => s.quantise(i, o, count, inverse, zeroPoint)));
      const scaled = x.map((value) => value * inverse);
      expect([...q]).toEqual(Array.from(scaled, (v) => Math.min(127, Math.max(-128, nearestEven(v) + zeroPoint))));

      const codes = Int8Array.from({ length: count }, () => random.integer(-128, 128));
      const scale = Math.fround(random.uniform(0.001, 2));
      const y = new Float32Array(runStage(variant, codes, count * 4, (s, i, o) => s.dequantise(i, o, count, scale, zeroPoint)));
      expect(y).toEqual(Float32Array.from(codes, (code) => (code - zeroPoint) * scale));
    }
  });

  it('affine rounds after the product and after the sum, then clamps', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const acc = Int32Array.from({ length: PIXELS * channels }, () => (random.chance(0.1) ? random.pick(INT32_EDGES) : random.integer(-40_000, 40_000)));
      const m = Float32Array.from({ length: channels }, () => random.normal(0, 0.01));
      const b = Float32Array.from({ length: channels }, () => random.normal(0, 20));
      for (const [low, high] of [[-Infinity, Infinity], [0, Infinity], [0, 6], [-1, 1]]) {
        const y = new Float32Array(runStage(variant, acc, acc.length * 4, (s, i, o, put) => {
          s.affine(i, put(m), put(b), o, PIXELS, channels, low, high);
        }));
        expect(y).toEqual(scaledFloats(acc, m, b).map((v) => Math.min(Math.max(v, low), high)));
      }
    }
  });

  it('affine does not fuse the multiplication with the addition', () => {
    // 16777215² = 2^48 − 2^25 + 1: rounded to float32 first, the 1 is lost and the sum is exactly 0.
    const acc = Int32Array.of(16_777_215, 16_777_215, 16_777_215, 16_777_215, 16_777_215);
    const m = Float32Array.of(16_777_215), b = Float32Array.of(-(2 ** 48 - 2 ** 25));
    const y = new Float32Array(runStage(variant, acc, 20, (s, i, o, put) => {
      s.affine(i, put(new Float32Array(5).fill(m[0])), put(new Float32Array(5).fill(b[0])), o, 1, 5, -Infinity, Infinity);
    }));
    expect([...y]).toEqual([0, 0, 0, 0, 0]);
  });

  it('requantise rounds ties to even and clamps sums too large for an integer', () => {
    const acc = Int32Array.of(1, 3, 5, -1, -3, -5, 253, 254, -256, -257, 2 ** 31 - 1, -(2 ** 31));
    const q = (m: number, zeroPoint: number, low: number, high: number) => [
      ...new Int8Array(runStage(variant, acc, acc.length, (s, i, o, put) => {
        s.requantise(i, put(Float32Array.of(m)), put(NONE), o, acc.length, 1, zeroPoint, low, high);
      })),
    ];
    expect(q(0.5, 0, -128, 127)).toEqual([0, 2, 2, 0, -2, -2, 126, 127, -128, -128, 127, -128]);
    expect(q(0.5, 10, 10, 50)).toEqual([10, 12, 12, 10, 10, 10, 50, 50, 10, 10, 50, 10]);
    expect(q(0.5, -128, -128, 127)).toEqual([-128, -126, -126, -128, -128, -128, -2, -1, -128, -128, 127, -128]);
    expect(q(1e35, 0, -128, 127)).toEqual([127, 127, 127, -128, -128, -128, 127, 127, -128, -128, 127, -128]);
    expect(q(1, 127, -128, 127)).toEqual([127, 127, 127, 126, 124, 122, 127, 127, -128, -128, 127, -128]);
  });

  it('requantise takes every channel by its own numbers', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const acc = Int32Array.from({ length: PIXELS * channels }, () => (random.chance(0.1) ? random.pick(INT32_EDGES) : random.integer(-40_000, 40_000)));
      const m = Float32Array.from({ length: channels }, () => random.normal(0, 0.003));
      const b = Float32Array.from({ length: channels }, () => random.normal(0, 20));
      const zeroPoint = random.integer(-128, 128);
      const low = random.integer(-128, 0), high = random.integer(0, 128);
      const q = new Int8Array(runStage(variant, acc, acc.length, (s, i, o, put) => {
        s.requantise(i, put(m), put(b), o, PIXELS, channels, zeroPoint, low, high);
      }));
      const expected = Array.from(scaledFloats(acc, m, b), (v) => Math.min(Math.max(nearestEven(v) + zeroPoint, low), high));
      expect([...q], `${channels} channels`).toEqual(expected);
    }
  });

  it('packs a sign where the value reaches the threshold, and leaves unused bits 0', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const count = PIXELS * channels;
      const bytes = PIXELS * signBytes(channels);
      const signs = (x: ArrayLike<number>, t: ArrayLike<number>) => packedSigns(Array.from(x, (v, i) => (v >= t[i % channels] ? 1 : -1)), channels);
      // Few different values, so that most channels meet their threshold exactly somewhere.
      const drawInteger = () => (random.chance(0.05) ? random.pick(INT32_EDGES) : random.integer(-3, 4));
      const drawFloat = () => random.pick([0, -0, 1, -1, 1e-40, -1e-40, Infinity, -Infinity, 0.1]);
      const thresholds = Int32Array.from({ length: channels }, drawInteger);
      const floatThresholds = Float32Array.from({ length: channels }, drawFloat);

      const acc = Int32Array.from({ length: count }, drawInteger);
      const fromSums = runStage(variant, acc, bytes, (s, i, o, put) => s.threshold(i, put(thresholds), o, PIXELS, channels));
      expect(new Uint8Array(fromSums), `threshold, ${channels} channels`).toEqual(signs(acc, thresholds));

      const x = Float32Array.from({ length: count }, drawFloat);
      const fromFloats = runStage(variant, x, bytes, (s, i, o, put) => s.signPackFloat(i, put(floatThresholds), o, PIXELS, channels));
      expect(new Uint8Array(fromFloats), `signPackFloat, ${channels} channels`).toEqual(signs(x, floatThresholds));

      const q = Int8Array.from({ length: count }, () => random.pick([-128, -3, -2, -1, 0, 1, 2, 3, 127]));
      const fromCodes = runStage(variant, q, bytes, (s, i, o, put) => s.signPackInt8(i, put(thresholds), o, PIXELS, channels));
      expect(new Uint8Array(fromCodes), `signPackInt8, ${channels} channels`).toEqual(signs(q, thresholds));
    }
  });

  it('pools packed signs as the largest of each window, padding left out', () => {
    const random = createRandom(SEED);
    for (const channels of CHANNELS) {
      const [height, width] = [random.integer(2, 8), random.integer(2, 8)];
      const [sizeY, sizeX, strideY, strideX] = [random.integer(1, 3), random.integer(1, 3), random.integer(1, 3), random.integer(1, 3)];
      const [padTop, padLeft] = [random.integer(0, sizeY), random.integer(0, sizeX)];
      const outputHeight = Math.floor((height + padTop - sizeY) / strideY) + 1;
      const outputWidth = Math.floor((width + padLeft - sizeX) / strideX) + 1;
      const signs = Array.from({ length: height * width * channels }, () => (random.chance(0.3) ? 1 : -1));
      const expected: number[] = [];
      for (let i = 0; i < outputHeight * outputWidth * channels; i++) {
        const c = i % channels;
        const top = Math.floor(i / channels / outputWidth) * strideY - padTop;
        const left = (Math.floor(i / channels) % outputWidth) * strideX - padLeft;
        const seen = signs.filter((_, at) => {
          const y = Math.floor(at / channels / width), x = Math.floor(at / channels) % width;
          return at % channels === c && y >= top && y < top + sizeY && x >= left && x < left + sizeX;
        });
        expected.push(Math.max(...seen));
      }
      const bytes = runStage(variant, packedSigns(signs, channels), outputHeight * outputWidth * signBytes(channels), (s, i, o) => {
        s.maxPoolSigns(i, o, height, width, channels, outputHeight, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft);
      });
      expect(new Uint8Array(bytes), `${channels} channels`).toEqual(packedSigns(expected, channels));
    }
  });

  it('clips between limits for every length to 20', () => {
    const random = createRandom(SEED);
    for (let count = 1; count <= 20; count++) {
      const x = Float32Array.from({ length: count }, () => random.normal(0, 5));
      const y = new Float32Array(runStage(variant, x, count * 4, (s, i, o) => s.clip(i, o, count, -1, Infinity)));
      expect([...y]).toEqual(Array.from(x, (v) => Math.max(v, -1)));
    }
  });
});
