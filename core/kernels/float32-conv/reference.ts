import { checkLayer } from '../check-layer.ts';
import type { LayerKernel } from '../kernel.ts';
import { memoryViews } from '../memory.ts';

/** Sums in float64 and rounds once to float32, so that every fast order of summation is compared with the same number. */
export const float32ConvReference: LayerKernel = {
  id: 'float32-conv-reference',
  arithmetic: 'float32',
  variant: 'reference',
  fuses: false,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input: inputOffset, output: outputOffset }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const views = memoryViews(memory);
    return {
      description: 'float32 reference loops, float64 sums',
      work: [() => {
        const { float32 } = views();
        const input = inputOffset / 4;
        let output = outputOffset / 4;
        for (let oy = 0; oy < g.outputHeight; oy++) {
          for (let ox = 0; ox < g.outputWidth; ox++) {
            for (let oc = 0; oc < g.outputChannels; oc++) {
              let sum = bias[oc];
              for (let ky = 0; ky < g.kernelHeight; ky++) {
                const y = oy * g.strideY + ky * g.dilationY - g.padTop;
                if (y < 0 || y >= g.inputHeight) continue;
                for (let kx = 0; kx < g.kernelWidth; kx++) {
                  const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
                  if (x < 0 || x >= g.inputWidth) continue;
                  const pixel = input + (y * g.inputWidth + x) * g.inputChannels;
                  const tap = (ky * g.kernelWidth + kx) * g.inputChannels;
                  for (let ic = 0; ic < g.inputChannels; ic++) {
                    sum += float32[pixel + ic] * kernel[(tap + ic) * g.outputChannels + oc];
                  }
                }
              }
              float32[output++] = sum;
            }
          }
        }
      }],
    };
  },
};
