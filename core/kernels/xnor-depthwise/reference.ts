import { channelMultiplier, checkLayer } from '../check-layer.ts';
import { signBytes, type LayerKernel } from '../kernel.ts';
import { memoryViews } from '../memory.ts';

export const xnorDepthwiseReference: LayerKernel = {
  id: 'xnor-depthwise-reference',
  arithmetic: 'xnor',
  variant: 'reference',
  fuses: false,
  supports: (geometry) => geometry.op === 'depthwise-conv2d',
  prepare({ geometry: g, parameters, input: inputOffset, output: outputOffset }, memory) {
    const { codes, padding } = checkLayer(g, parameters, 'xnor');
    const views = memoryViews(memory);
    const multiplier = channelMultiplier(g);
    const pixelBytes = signBytes(g.inputChannels);
    const paddedSign = { zero: 0, minus: -1, plus: 1 }[padding];
    return {
      description: 'xnor depthwise reference loops',
      work: [() => {
        const { bytes, int32 } = views();
        let output = outputOffset / 4;
        for (let oy = 0; oy < g.outputHeight; oy++) {
          for (let ox = 0; ox < g.outputWidth; ox++) {
            for (let oc = 0; oc < g.outputChannels; oc++) {
              const ic = Math.floor(oc / multiplier);
              let sum = 0;
              for (let ky = 0; ky < g.kernelHeight; ky++) {
                const y = oy * g.strideY + ky * g.dilationY - g.padTop;
                for (let kx = 0; kx < g.kernelWidth; kx++) {
                  const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
                  const inside = y >= 0 && y < g.inputHeight && x >= 0 && x < g.inputWidth;
                  const at = inputOffset + (y * g.inputWidth + x) * pixelBytes + (ic >> 3);
                  const sign = inside ? (((bytes[at] >> (ic & 7)) & 1) === 1 ? 1 : -1) : paddedSign;
                  sum += sign * codes[(ky * g.kernelWidth + kx) * g.outputChannels + oc];
                }
              }
              int32[output++] = sum;
            }
          }
        }
      }],
    };
  },
};
