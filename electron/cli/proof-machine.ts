import type { ProofMachine } from '../../core/export/exporter.ts';
import { compileC, findCompiler } from '../host/compile-c.ts';
import { importModule } from './import-module.ts';
import { openTflite } from './litert-runtime.ts';
import { openOnnx } from './onnx-runtime.ts';
import { openTfjs } from './tfjs-runtime.ts';

/** What this computer proves exported files with. */
export async function proofMachine(signal: AbortSignal): Promise<ProofMachine> {
  const compiler = await findCompiler();
  return { compileC: compiler === null ? null : (files) => compileC(compiler, files, signal), openOnnx, openTflite, openTfjs, importModule };
}
