import { tfliteOpener } from '../../core/export/tflite/session.ts';

/** LiteRT in this worker, loaded when the first file is opened. */
export const openTflite = tfliteOpener(async (say) => (await import('./litert-runtime.ts')).loadLiteRt(say));
