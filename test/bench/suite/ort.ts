import * as ort from 'onnxruntime-web/wasm';
import { createRandom } from '../../../core/base/random.ts';
import type { LayerGeometry } from '../../../core/kernels/kernel.ts';
import { writeOnnx } from '../../fixtures/onnx-writer.ts';

export function startOrt(wasmFolder: string | null): void {
  if (wasmFolder !== null) ort.env.wasm.wasmPaths = wasmFolder;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
}

/** One convolution as onnxruntime-web runs it: NCHW, float32, one thread. */
export async function ortLayer(g: LayerGeometry): Promise<() => Promise<void>> {
  const random = createRandom(3);
  const dims = [g.outputChannels, g.inputChannels, g.kernelHeight, g.kernelWidth];
  const inputShape = [1, g.inputChannels, g.inputHeight, g.inputWidth];
  const floats = (shape: readonly number[]): Float32Array => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  const bytes = writeOnnx({
    nodes: [{
      op: 'Conv', inputs: ['x', 'w'], outputs: ['y'],
      attributes: { kernel_shape: [g.kernelHeight, g.kernelWidth], strides: [g.strideY, g.strideX], pads: [g.padTop, g.padLeft, g.padBottom, g.padRight] },
    }],
    initialisers: { w: { dims, floats: floats(dims) } },
    inputs: [{ name: 'x', shape: inputShape }],
    outputs: [{ name: 'y', shape: [1, g.outputChannels, g.outputHeight, g.outputWidth] }],
  });
  const session = await ort.InferenceSession.create(bytes);
  const feeds = { x: new ort.Tensor('float32', floats(inputShape), inputShape) };
  return async () => {
    await session.run(feeds);
  };
}
