import litert from '@litertjs/core/wasm/litert_wasm_compat_internal.js';
import wasmAddress from '@litertjs/core/wasm/litert_wasm_compat_internal.wasm?url';
import type { LiteRtModule } from '../../core/export/tflite/session.ts';

/** LiteRT's build without relaxed SIMD: the command line runs the same, and all machines round alike. */
export function loadLiteRt(say: (line: string) => void): Promise<LiteRtModule> {
  return litert({ locateFile: () => wasmAddress, print: say, printErr: say });
}
