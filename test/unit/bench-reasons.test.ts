import { describe, expect, test } from 'vitest';
import { formatsFor } from '../../core/base/format.ts';
import { layerReasons, networkReasons, reasonText, type LayerSpeedFacts, type NetworkSpeedFacts, type Reason } from '../../core/bench/reasons.ts';
import type { LayerGeometry } from '../../core/kernels/kernel.ts';
import { SCHEME_IDS } from '../../core/schemes/index.ts';

const formats = formatsFor('en');
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

const geometry: LayerGeometry = {
  op: 'conv2d', inputHeight: 16, inputWidth: 16, inputChannels: 64, kernelHeight: 3, kernelWidth: 3, outputHeight: 16, outputWidth: 16, outputChannels: 64,
  strideY: 1, strideX: 1, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1, dilationY: 1, dilationX: 1,
};
const fast: LayerSpeedFacts = {
  geometry, scheme: 'int8', milliseconds: 0.5, floatMilliseconds: 1, conversionMilliseconds: 0, kernelVariant: 'wasm', tile: { inputChannels: 4, outputChannels: 16 }, sharesInt8Kernel: false, threads: 1,
};
const dense: LayerGeometry = { ...geometry, op: 'dense', inputHeight: 1, inputWidth: 1, outputHeight: 1, outputWidth: 1, kernelHeight: 1, kernelWidth: 1, inputChannels: 1024, outputChannels: 512, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };

interface Case {
  readonly name: string;
  readonly change: Partial<LayerSpeedFacts>;
  readonly kinds: readonly Reason['kind'][];
  /** Of the reason with the same place. */
  readonly texts: readonly string[];
}

const CASES: readonly Case[] = [
  { name: 'a fast layer needs no reason', change: {}, kinds: [], texts: [] },
  { name: 'slower by a fifth', change: { milliseconds: 1.25 }, kinds: ['slower', 'unexplained'], texts: ['Slower than float32 (0.8×).', 'Its kernel does not beat float32’s at this shape.'] },
  { name: 'slower by one hundredth', change: { milliseconds: 1.01 }, kinds: ['slower', 'unexplained'], texts: ['Slower than float32 (0.99×).', 'Its kernel does not beat float32’s at this shape.'] },
  { name: 'as fast, within a thousandth', change: { milliseconds: 1.001 }, kinds: [], texts: [] },
  { name: 'no fast kernel', change: { kernelVariant: 'reference', milliseconds: 9 }, kinds: ['slower', 'no-kernel'], texts: ['Slower than float32 (0.1×).', 'There is no fast kernel for it here: it runs on the reference.'] },
  { name: 'ternary on the kernel of int8', change: { scheme: 'ternary', sharesInt8Kernel: true }, kinds: ['shared-kernel'], texts: ['It runs on INT8’s kernel: smaller than INT8, not faster.'] },
  {
    name: 'sharing a kernel does not explain being slower than float32',
    change: { scheme: 'ternary', sharesInt8Kernel: true, milliseconds: 2 },
    kinds: ['slower', 'shared-kernel', 'unexplained'],
    texts: ['Slower than float32 (0.5×).', 'It runs on INT8’s kernel: smaller than INT8, not faster.', 'Its kernel does not beat float32’s at this shape.'],
  },
  { name: '3 input channels padded to 4', change: { geometry: { ...geometry, inputChannels: 3 } }, kinds: ['padding'], texts: ['25 % of its multiplications are padding: 3 input channels are computed as 4.'] },
  {
    name: '16 output channels in a tile of 64, and 3 input channels',
    change: { geometry: { ...geometry, inputChannels: 3, outputChannels: 16 }, tile: { inputChannels: 4, outputChannels: 64 } },
    kinds: ['padding'],
    texts: ['81 % of its multiplications are padding: 3 input channels are computed as 4, 16 output channels are computed as 64.'],
  },
  { name: 'channels that fit waste nothing', change: { tile: { inputChannels: 64, outputChannels: 64 } }, kinds: [], texts: [] },
  { name: 'a depthwise layer pads its own channels alone', change: { geometry: { ...geometry, op: 'depthwise-conv2d', inputChannels: 10, outputChannels: 10 }, tile: { inputChannels: 64, outputChannels: 8 } }, kinds: ['padding'], texts: ['38 % of its multiplications are padding: 10 channels are computed as 16.'] },
  { name: 'an unknown tile claims nothing', change: { geometry: { ...geometry, inputChannels: 3 }, tile: null }, kinds: [], texts: [] },
  { name: 'a third of the time converts', change: { conversionMilliseconds: 0.165 }, kinds: ['conversion'], texts: ['33 % of its time turns its input or output into another precision.'] },
  { name: 'a dense layer of one sample', change: { geometry: dense, milliseconds: 0.1 }, kinds: ['memory'], texts: ['Each weight is used once: reading 524.3 KB of them at 5.24 GB/s takes the time.'] },
  { name: 'one bit a weight is an eighth of the bytes', change: { geometry: dense, scheme: 'xnor', milliseconds: 0.01 }, kinds: ['memory'], texts: ['Each weight is used once: reading 65.5 KB of them at 6.55 GB/s takes the time.'] },
  { name: 'a float32 dense layer reads four bytes each', change: { geometry: dense, scheme: 'float32', milliseconds: 1 }, kinds: ['memory'], texts: ['Each weight is used once: reading 2.10 MB of them at 2.1 GB/s takes the time.'] },
  { name: 'a small dense layer stays in the cache', change: { geometry: { ...dense, inputChannels: 64, outputChannels: 64 } }, kinds: [], texts: [] },
  { name: 'too small for four threads', change: { milliseconds: 0.012, threads: 4 }, kinds: ['too-small'], texts: ['At 12 µs it is too short to divide among threads.'] },
  { name: 'on one thread that is no matter', change: { milliseconds: 0.012 }, kinds: [], texts: [] },
];

describe('why a layer is as fast as it is', () => {
  test.each(CASES)('$name', ({ change, kinds, texts }) => {
    const reasons = layerReasons({ ...fast, ...change });
    expect(reasons.map(({ kind }) => kind)).toEqual(kinds);
    expect(reasons.map((reason) => plain(reasonText(reason, formats)))).toEqual(texts);
  });

  test('a quantised layer that is slower than float32 says so first, and says a cause, whatever else is known of it', () => {
    let slower = 0;
    for (const scheme of SCHEME_IDS)
      for (const milliseconds of [0.01, 0.5, 0.994, 1.006, 1.25, 20])
        for (const conversionMilliseconds of [0, 0.4 * milliseconds])
          for (const kernelVariant of ['wasm', 'reference'] as const)
            for (const sharesInt8Kernel of [false, true])
              for (const shape of [geometry, dense, { ...geometry, inputChannels: 3 }]) {
                const reasons = layerReasons({ ...fast, geometry: shape, scheme, milliseconds, conversionMilliseconds, kernelVariant, sharesInt8Kernel });
                const must = scheme !== 'float32' && milliseconds > 1;
                expect(reasons.some(({ kind }) => kind === 'slower')).toBe(must);
                if (!must) continue;
                slower++;
                expect(reasonText(reasons[0], formats)).toMatch(/^Slower than float32 \(0\.\d+×\)\.$/);
                expect(reasons.filter(({ kind }) => kind !== 'slower' && kind !== 'shared-kernel').length).toBeGreaterThan(0);
              }
    expect(slower).toBe(5 * 3 * 2 * 2 * 2 * 3);
  });

  test('a layer without a time claims nothing', () => {
    expect(layerReasons({ ...fast, milliseconds: 0, floatMilliseconds: 0 })).toEqual([]);
  });
});

describe('what holds a network back', () => {
  const even: NetworkSpeedFacts = { ratio: 2, quantised: true, floatLayers: 0.1, quantisedLayers: 0.8, conversions: 0.05, operators: 0.05 };
  const said = (facts: Partial<NetworkSpeedFacts>): readonly string[] => networkReasons({ ...even, ...facts }).map((reason) => plain(reasonText(reason, formats)));

  test('nothing, where the time is in quantised layers', () => expect(said({})).toEqual([]));

  test('Amdahl: the float32 part bounds what is left to gain', () => {
    expect(said({ floatLayers: 0.78, quantisedLayers: 0.2, conversions: 0.01, operators: 0.01 })).toEqual(['78 % of the time is left in float32 layers: fewer bits elsewhere gain at most 1.3× more.']);
  });

  test('operators and conversions bound it too, the larger first', () => {
    expect(said({ floatLayers: 0, quantisedLayers: 0.2, conversions: 0.35, operators: 0.45 })).toEqual([
      '45 % of the time is in operators between the layers: faster layers gain at most 2.2× more.',
      '35 % of the time is spent between precisions: faster layers gain at most 2.9× more.',
    ]);
  });

  test('a network that is slower than float32 says so', () => {
    expect(said({ ratio: 0.8 })).toEqual(['Slower than float32 (0.8×).']);
    expect(said({ ratio: 0.97 })).toEqual(['Slower than float32 (0.97×).']);
  });

  test('a float32 network is its own baseline', () => {
    expect(said({ quantised: false, ratio: 1, floatLayers: 1, quantisedLayers: 0 })).toEqual([]);
  });
});
