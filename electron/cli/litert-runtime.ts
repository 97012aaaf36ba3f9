import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { tfliteOpener, type LiteRtFactory, type LiteRtModule } from '../../core/export/tflite/session.ts';
import { LITERT_FOLDER } from './places.ts';

const NAME = 'litert_wasm_compat_internal';

/** The script is CommonJS in a package that says it has modules, so Node would not load it itself. */
export async function loadLiteRt(folder: string, say: (line: string) => void): Promise<LiteRtModule> {
  const path = join(folder, `${NAME}.js`);
  const script = { exports: {} };
  const run = compileFunction(await readFile(path, 'utf8'), ['module', 'exports', 'require', '__filename', '__dirname'], { filename: path });
  run(script, script.exports, createRequire(import.meta.url), path, folder);
  return (script.exports as LiteRtFactory)({ wasmBinary: await readFile(join(folder, `${NAME}.wasm`)), print: say, printErr: say });
}

/** LiteRT in this process, loaded when the first file is opened. */
export const openTflite = tfliteOpener((say) => loadLiteRt(LITERT_FOLDER, say));
