import { channelMultiplier, checkLayer } from '../check-layer.ts';
import type { LayerKernel } from '../kernel.ts';
import { memoryViews } from '../memory.ts';

export const float32DepthwiseReference: LayerKernel = {
  id: 'float32-depthwise-reference',
  arithmetic: 'float32',
  variant: 'reference',
  fuses: false,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input: inputOffset, output: outputOffset }, memory) {
    const { kernel, bias } = checkLayer(g, parameters, 'float32');
    const views = memoryViews(memory);
    const multiplier = channelMultiplier(g);
    return {
      description: 'float32 depthwise reference loops, float64 sums',
      work: [() => {
        const { float32 } = views();
        let output = outputOffset / 4;
        for (let oy = 0; oy < g.outputHeight; oy++) {
          for (let ox = 0; ox < g.outputWidth; ox++) {
            for (let oc = 0; oc < g.outputChannels; oc++) {
              const ic = Math.floor(oc / multiplier);
              let sum = bias[oc];
              for (let ky = 0; ky < g.kernelHeight; ky++) {
                const y = oy * g.strideY + ky * g.dilationY - g.padTop;
                if (y < 0 || y >= g.inputHeight) continue;
                for (let kx = 0; kx < g.kernelWidth; kx++) {
                  const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
                  if (x < 0 || x >= g.inputWidth) continue;
                  const at = inputOffset / 4 + (y * g.inputWidth + x) * g.inputChannels + ic;
                  sum += float32[at] * kernel[(ky * g.kernelWidth + kx) * g.outputChannels + oc];
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
