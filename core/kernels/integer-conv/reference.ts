import { checkLayer } from '../check-layer.ts';
import type { LayerKernel } from '../kernel.ts';
import { memoryViews } from '../memory.ts';

export const integerConvReference: LayerKernel = {
  id: 'integer-conv-reference',
  arithmetic: 'integer',
  variant: 'reference',
  fuses: false,
  supports: (geometry) => geometry.op !== 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input: inputOffset, output: outputOffset }, memory) {
    const { codes, zeroPoint } = checkLayer(g, parameters, 'integer');
    const views = memoryViews(memory);
    return {
      description: 'integer reference loops',
      work: [() => {
        const { int8, int32 } = views();
        let output = outputOffset / 4;
        for (let oy = 0; oy < g.outputHeight; oy++) {
          for (let ox = 0; ox < g.outputWidth; ox++) {
            for (let oc = 0; oc < g.outputChannels; oc++) {
              let sum = 0;
              for (let ky = 0; ky < g.kernelHeight; ky++) {
                const y = oy * g.strideY + ky * g.dilationY - g.padTop;
                if (y < 0 || y >= g.inputHeight) continue;
                for (let kx = 0; kx < g.kernelWidth; kx++) {
                  const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
                  if (x < 0 || x >= g.inputWidth) continue;
                  const pixel = inputOffset + (y * g.inputWidth + x) * g.inputChannels;
                  const tap = (ky * g.kernelWidth + kx) * g.inputChannels;
                  for (let ic = 0; ic < g.inputChannels; ic++) {
                    sum += (int8[pixel + ic] - zeroPoint) * codes[(tap + ic) * g.outputChannels + oc];
                  }
                }
              }
              int32[output++] = sum | 0;
            }
          }
        }
      }],
    };
  },
};
