import { roundHalfEven } from '../../base/round.ts';
import { signBytes, type KernelMemory, type StageKernels } from '../kernel.ts';
import { memoryViews } from '../memory.ts';

const { fround } = Math;

function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

export function createStageReference(memory: KernelMemory): StageKernels {
  const views = memoryViews(memory);

  function packSigns(output: number, pixels: number, channels: number, isPlus: (index: number, channel: number) => boolean): void {
    const { bytes } = views();
    const pixelBytes = signBytes(channels);
    bytes.fill(0, output, output + pixels * pixelBytes);
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) {
        if (isPlus(p * channels + c, c)) bytes[output + p * pixelBytes + (c >> 3)] |= 1 << (c & 7);
      }
    }
  }

  return {
    variant: 'reference',
    affine(acc, m, b, output, pixels, channels, low, high) {
      const { int32, float32 } = views();
      for (let i = 0; i < pixels * channels; i++) {
        const c = i % channels;
        const y = fround(fround(fround(int32[acc / 4 + i]) * float32[m / 4 + c]) + float32[b / 4 + c]);
        float32[output / 4 + i] = clamp(y, low, high);
      }
    },
    requantise(acc, m, b, output, pixels, channels, zeroPoint, low, high) {
      const { int8, int32, float32 } = views();
      for (let i = 0; i < pixels * channels; i++) {
        const c = i % channels;
        const y = fround(fround(fround(int32[acc / 4 + i]) * float32[m / 4 + c]) + float32[b / 4 + c]);
        int8[output + i] = clamp(roundHalfEven(y) + zeroPoint, low, high);
      }
    },
    clip(input, output, count, low, high) {
      const { float32 } = views();
      for (let i = 0; i < count; i++) float32[output / 4 + i] = clamp(float32[input / 4 + i], low, high);
    },
    threshold(acc, thresholds, output, pixels, channels) {
      const { int32 } = views();
      packSigns(output, pixels, channels, (i, c) => int32[acc / 4 + i] >= int32[thresholds / 4 + c]);
    },
    quantise(input, output, count, inverseScale, zeroPoint) {
      const { int8, float32 } = views();
      const inverse = fround(inverseScale);
      for (let i = 0; i < count; i++) {
        int8[output + i] = clamp(roundHalfEven(fround(float32[input / 4 + i] * inverse)) + zeroPoint, -128, 127);
      }
    },
    dequantise(input, output, count, scale, zeroPoint) {
      const { int8, float32 } = views();
      for (let i = 0; i < count; i++) float32[output / 4 + i] = (int8[input + i] - zeroPoint) * fround(scale);
    },
    maxPoolSigns(input, output, inputHeight, inputWidth, channels, outputHeight, outputWidth, sizeY, sizeX, strideY, strideX, padTop, padLeft) {
      const { bytes } = views();
      const pixelBytes = signBytes(channels);
      bytes.fill(0, output, output + outputHeight * outputWidth * pixelBytes);
      for (let oy = 0; oy < outputHeight; oy++) {
        for (let ox = 0; ox < outputWidth; ox++) {
          const to = output + (oy * outputWidth + ox) * pixelBytes;
          for (let y = oy * strideY - padTop; y < oy * strideY - padTop + sizeY; y++) {
            for (let x = ox * strideX - padLeft; x < ox * strideX - padLeft + sizeX; x++) {
              if (y < 0 || x < 0 || y >= inputHeight || x >= inputWidth) continue;
              const from = input + (y * inputWidth + x) * pixelBytes;
              for (let i = 0; i < pixelBytes; i++) bytes[to + i] |= bytes[from + i];
            }
          }
        }
      }
    },
    signPackFloat(input, thresholds, output, pixels, channels) {
      const { float32 } = views();
      packSigns(output, pixels, channels, (i, c) => float32[input / 4 + i] >= float32[thresholds / 4 + c]);
    },
    signPackInt8(input, thresholds, output, pixels, channels) {
      const { int8, int32 } = views();
      packSigns(output, pixels, channels, (i, c) => int8[input + i] >= int32[thresholds / 4 + c]);
    },
  };
}
