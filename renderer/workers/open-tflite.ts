import { tfliteOpener, type LiteRtModule } from '../../core/export/tflite/session.ts';

let loading: Promise<LiteRtModule> | null = null;

/** LiteRT in this worker, loaded when the first file is opened. */
export const openTflite = tfliteOpener((say) => (loading ??= import('./litert-runtime.ts').then(({ loadLiteRt }) => loadLiteRt(say))));
