/** A script that gives its factory to whoever runs it; electron.vite.config.ts makes a module of it. */
declare module '@litertjs/core/wasm/litert_wasm_compat_internal.js' {
  import type { LiteRtFactory } from '../../core/export/tflite/session.ts';

  const factory: LiteRtFactory;
  export default factory;
}
