import { describe, expect, it, vi } from 'vitest';
import { roundHalfEven } from '../../core/base/round.ts';
import { chooseKernel, KERNELS } from '../../core/kernels/index.ts';
import type { LayerParameters } from '../../core/kernels/kernel.ts';
import { createEngine, type Build } from '../../core/kernels/load.ts';
import { memoryViews, place } from '../../core/kernels/memory.ts';
import '../conformance/kernels-builds.ts';
import { denseCase } from '../conformance/kernels-cases.ts';

describe('roundHalfEven', () => {
  it('takes ties to the even neighbour on both sides of zero', () => {
    expect([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, -3.5].map(roundHalfEven)).toEqual([0, 2, 2, 4, -0, -2, -2, -4]);
  });

  it('rounds just below and above a tie to the nearest', () => {
    expect([0.49999999999999994, 2.4999999999999996, 2.5000000000000004, -2.5000000000000004].map(roundHalfEven)).toEqual([0, 2, 3, -3]);
  });

  it('leaves whole, huge and infinite numbers alone', () => {
    const whole = [0, 7, -7, 2 ** 52 + 1, -(2 ** 53), 1e300, Infinity, -Infinity];
    expect(whole.map(roundHalfEven)).toEqual(whole);
  });
});

describe.each(['reference', 'wasm'] as const)('memory of the %s engine', (variant) => {
  it('hands out zeroed, aligned, separate blocks, and keeps their contents when it grows', () => {
    const { memory } = createEngine({ variant, initialBytes: 1000 });
    const views = memoryViews(memory);
    const first = place(memory, Int32Array.of(1, -2, 3));
    const before = memory.buffer;
    const offsets = [1, 5, 16, 17, 300_000, 8].map((bytes) => memory.allocate(bytes));
    expect(memory.buffer).not.toBe(before);
    expect(offsets.every((offset) => offset % 16 === 0)).toBe(true);
    expect(offsets[0]).toBeGreaterThanOrEqual(first + 12);
    expect(offsets.map((offset, i) => (offsets[i + 1] ?? Infinity) - offset >= [1, 5, 16, 17, 300_000, 8][i])).not.toContain(false);
    expect(Array.from(views().int32.subarray(first / 4, first / 4 + 3))).toEqual([1, -2, 3]);
    expect(views().bytes.subarray(offsets[0], offsets[5] + 8).every((byte) => byte === 0)).toBe(true);
  });

  it('takes back what was allocated since it was made, zeroed', () => {
    const { memory, reclaim } = createEngine({ variant });
    const first = place(memory, Int32Array.of(7, 8, 9));
    memory.allocate(100_000);
    reclaim();
    expect(memory.allocate(12)).toBe(first);
    expect([...new Int32Array(memory.buffer, first, 3)]).toEqual([0, 0, 0]);
  });

  it('says how much it needed when there is no more', () => {
    const { memory } = createEngine({ variant });
    expect(() => memory.allocate(2 ** 53)).toThrow(/needs \d+ MiB of working memory/);
  });
});

const PARAMETERS: readonly LayerParameters[] = [
  { arithmetic: 'float32', kernel: new Float32Array(16), bias: new Float32Array(4) },
  { arithmetic: 'integer', codes: new Int8Array(16).fill(2), zeroPoint: 0 },
  { arithmetic: 'xnor', codes: new Int8Array(16).fill(1), padding: 'zero' },
];

describe('choosing a kernel', () => {
  it('takes a compiled kernel for every kind of layer', () => {
    const engine = createEngine({ variant: 'wasm' });
    expect(engine.variant).toBe('wasm');
    for (const parameters of PARAMETERS) {
      for (const op of ['conv2d', 'depthwise-conv2d', 'dense'] as const) {
        const kernel = chooseKernel(engine, { ...denseCase(4, 4), op }, parameters);
        expect(kernel).toMatchObject({ variant: 'wasm', arithmetic: parameters.arithmetic });
      }
    }
  });

  it('finds a reference kernel for every kind of layer in the reference engine', () => {
    const engine = createEngine({ variant: 'reference' });
    expect(engine.kernels.map((kernel) => kernel.variant)).not.toContain('wasm');
    expect(chooseKernel(engine, denseCase(4, 4), PARAMETERS[2]).variant).toBe('reference');
  });

  it('takes a kernel for few codes where the codes are few and it pays, in the build that has it', () => {
    const chosen = (build: Build, channels: number, ...alphabet: number[]) => {
      const engine = createEngine({ variant: 'wasm', build });
      const codes = Int8Array.from({ length: 64 * channels }, (_, i) => alphabet[i % alphabet.length]);
      return chooseKernel(engine, denseCase(64, channels), { arithmetic: 'integer', codes, zeroPoint: 0 }).id;
    };
    expect(chosen('simd', 64, 1, -1)).toBe('binary-conv-p1c32-lookup');
    expect(chosen('simd', 8, 1, -1)).toBe('integer-conv-p4c8-dot16-simd');
    expect(chosen('simd', 64, 1, 0, -1)).toBe('integer-conv-p4c8-dot16-simd');
    expect(chosen('relaxed', 64, 1, -1)).toBe('binary-conv-p1c32-lookup');
    expect(chosen('relaxed', 32, 1, -1)).toBe('few-code-conv-p4c8-dot8-relaxed');
    expect(chosen('relaxed', 64, 7, 0, -8)).toBe('few-code-conv-p4c8-dot8-relaxed');
    expect(chosen('relaxed', 64, 8, 0, -8)).toBe('integer-conv-p4c8-dot16-simd');
  });

  it('has a different id for every row', () => {
    expect(new Set(KERNELS.map((row) => row.id)).size).toBe(KERNELS.length);
  });

  it('falls back to the reference and says so where WebAssembly SIMD is missing', async () => {
    vi.resetModules();
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const fresh = await import('../../core/kernels/load.ts');
    const engine = fresh.createEngine({ variant: 'wasm' });
    validate.mockRestore();
    expect(engine.variant).toBe('reference');
    expect(engine.description).toContain('WebAssembly SIMD is not available');
  });
});
