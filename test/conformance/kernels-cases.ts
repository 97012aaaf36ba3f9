import type { Random } from '../../core/base/random.ts';
import type { LayerGeometry, SignPadding } from '../../core/kernels/kernel.ts';

const CHANNELS = [1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 100] as const;
const KERNELS = [[1, 1], [3, 3], [5, 5], [2, 3]] as const;

function outputSize(input: number, padding: number, kernel: number, stride: number, dilation: number): number {
  return Math.floor((input + padding - (kernel - 1) * dilation - 1) / stride) + 1;
}

type ConvolutionOp = 'conv2d' | 'depthwise-conv2d';

/**
 * Every channel count with every kernel size; the rest is drawn: sizes 1 to 9, strides 1 and 2, uneven padding 0 to 2. At the
 * end every channel count with the commonest layer, which has kernels of its own: 3×3 of stride and dilation 1 (depthwise: one
 * output channel for every input channel).
 */
export function convolutionCases(op: ConvolutionOp, random: Random): readonly LayerGeometry[] {
  const drawn = CHANNELS.flatMap((inputChannels) => KERNELS.map((kernel) => drawCase(op, inputChannels, kernel, random)));
  return [...drawn, ...CHANNELS.map((inputChannels) => drawCase(op, inputChannels, [3, 3], random, COMMON))];
}

const COMMON = { strideY: 1, strideX: 1, dilationY: 1, dilationX: 1 } as const;

function drawCase(
  op: ConvolutionOp, inputChannels: number, [kernelHeight, kernelWidth]: readonly [number, number], random: Random,
  steps?: typeof COMMON,
): LayerGeometry {
  for (;;) {
    const g = {
      inputHeight: random.integer(1, 10), inputWidth: random.integer(1, 10),
      strideY: random.integer(1, 3), strideX: random.integer(1, 3),
      padTop: random.integer(0, 3), padBottom: random.integer(0, 3),
      padLeft: random.integer(0, 3), padRight: random.integer(0, 3),
      dilationY: random.chance(0.2) ? 2 : 1, dilationX: random.chance(0.2) ? 2 : 1,
      ...steps,
    };
    const outputHeight = outputSize(g.inputHeight, g.padTop + g.padBottom, kernelHeight, g.strideY, g.dilationY);
    const outputWidth = outputSize(g.inputWidth, g.padLeft + g.padRight, kernelWidth, g.strideX, g.dilationX);
    if (outputHeight < 1 || outputWidth < 1) continue;
    const outputChannels = op === 'conv2d' ? random.pick(CHANNELS) : inputChannels * (steps ? 1 : random.integer(1, 4));
    return { op, ...g, inputChannels, kernelHeight, kernelWidth, outputHeight, outputWidth, outputChannels };
  }
}

export function denseCase(inputChannels: number, outputChannels: number): LayerGeometry {
  return {
    op: 'dense', inputHeight: 1, inputWidth: 1, inputChannels, kernelHeight: 1, kernelWidth: 1,
    outputHeight: 1, outputWidth: 1, outputChannels,
    strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0,
  };
}

export function denseCases(random: Random): readonly LayerGeometry[] {
  return [...CHANNELS, 257, 1000].map((channels) => denseCase(channels, random.pick(CHANNELS)));
}

export function caseTitle(g: LayerGeometry): string {
  const pads = [g.padTop, g.padBottom, g.padLeft, g.padRight].join('');
  return (
    `${g.op} ${g.inputHeight}×${g.inputWidth}×${g.inputChannels}→${g.outputChannels} kernel ${g.kernelHeight}×${g.kernelWidth} ` +
    `stride ${g.strideY}${g.strideX} dilation ${g.dilationY}${g.dilationX} padding ${pads}`
  );
}

/** Sums and, to judge rounding by, sums of magnitudes. */
export interface DirectSums {
  readonly sums: readonly number[];
  readonly magnitudes: readonly number[];
}

/**
 * The definition, written unlike the kernels: the input is laid into a larger picture of `padValue`, and every output is
 * the dot product of a cut-out patch with a column of weights.
 */
export function directSums(g: LayerGeometry, input: ArrayLike<number>, weights: ArrayLike<number>, padValue: number): DirectSums {
  const picture = new Map<number, number>();
  /** Rows and columns are far below 100, channels below 10,000. */
  const place = (y: number, x: number, c: number) => (y * 100 + x) * 10_000 + c;
  for (let i = 0; i < input.length; i++) {
    const c = i % g.inputChannels;
    const x = Math.floor(i / g.inputChannels) % g.inputWidth;
    const y = Math.floor(i / (g.inputChannels * g.inputWidth));
    picture.set(place(y + g.padTop, x + g.padLeft, c), input[i]);
  }
  const multiplier = g.outputChannels / g.inputChannels;
  const depthwise = g.op === 'depthwise-conv2d';
  const sums: number[] = [];
  const magnitudes: number[] = [];
  for (let oy = 0; oy < g.outputHeight; oy++) {
    for (let ox = 0; ox < g.outputWidth; ox++) {
      const patch: number[] = [];
      for (let ky = 0; ky < g.kernelHeight; ky++) {
        for (let kx = 0; kx < g.kernelWidth; kx++) {
          for (let c = 0; c < g.inputChannels; c++) {
            patch.push(picture.get(place(oy * g.strideY + ky * g.dilationY, ox * g.strideX + kx * g.dilationX, c)) ?? padValue);
          }
        }
      }
      for (let oc = 0; oc < g.outputChannels; oc++) {
        // A depthwise output sees every inputChannels-th value of the patch, from its own channel on.
        const seen = depthwise ? patch.filter((_, k) => k % g.inputChannels === Math.floor(oc / multiplier)) : patch;
        const products = seen.map((value, k) => value * weights[k * g.outputChannels + oc]);
        sums.push(products.reduce((a, b) => a + b, 0));
        magnitudes.push(products.reduce((a, b) => a + Math.abs(b), 0));
      }
    }
  }
  return { sums, magnitudes };
}

export function padSign(padding: SignPadding): number {
  return padding === 'zero' ? 0 : padding === 'minus' ? -1 : 1;
}

/** Signs ±1 [pixels, channels] → 64-bit little-endian words, by way of BigInt. */
export function packedSigns(signs: ArrayLike<number>, channels: number): Uint8Array {
  const words: bigint[] = [];
  for (let start = 0; start < signs.length; start += channels) {
    for (let first = 0; first < channels; first += 64) {
      let word = 0n;
      for (let c = first; c < Math.min(first + 64, channels); c++) if (signs[start + c] > 0) word |= 1n << BigInt(c - first);
      words.push(word);
    }
  }
  return new Uint8Array(BigUint64Array.from(words).buffer);
}
