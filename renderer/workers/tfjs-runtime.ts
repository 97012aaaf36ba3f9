import { tfjsOpener, type TfjsPackages } from '../../core/export/tfjs/session.ts';

/** TensorFlow.js in this worker, loaded when the first folder is opened. */
export const openTfjs = tfjsOpener(async () => {
  const [core, converter] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-converter'), import('@tensorflow/tfjs-backend-cpu')]);
  return { core, converter } as unknown as TfjsPackages;
});
