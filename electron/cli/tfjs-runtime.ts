import { tfjsOpener, type TfjsPackages } from '../../core/export/tfjs/session.ts';

/** TensorFlow.js in this process, loaded when the first folder is opened. */
export const openTfjs = tfjsOpener(async () => {
  const [core, converter] = await Promise.all([import('@tensorflow/tfjs-core'), import('@tensorflow/tfjs-converter'), import('@tensorflow/tfjs-backend-cpu')]);
  // Else it advertises its native build for Node on the terminal.
  core.env().set('PROD', true);
  return { core, converter } as unknown as TfjsPackages;
});
