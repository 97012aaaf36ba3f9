import { StudioError } from '../base/errors.ts';
import { c99 } from './c99/index.ts';
import type { ExportContext } from './context.ts';
import type { Exporter, ExporterWith } from './exporter.ts';
import { onnx, onnxQdq, qonnx } from './onnx/index.ts';
import { packed } from './packed/index.ts';
import { recipe } from './recipe/index.ts';
import { report } from './report/index.ts';
import type { ExporterId } from './targets.ts';
import { lce, tflite } from './tflite/index.ts';
import { tfjs } from './tfjs/index.ts';
import { web } from './web/index.ts';

/** How each target is checked, written and read back. */
export const EXPORTERS = { bitw: packed, web, c99, onnx, 'onnx-qdq': onnxQdq, qonnx, tflite, lce, tfjs, report, recipe } as const satisfies Record<ExporterId, Exporter | ExporterWith>;

/** Without a context only what writes the program alone. */
export function exporterOf(target: ExporterId, context: (() => ExportContext) | null): Exporter {
  const row: Exporter | ExporterWith = EXPORTERS[target];
  if (typeof row !== 'function') return row;
  if (context === null) throw new StudioError(`The target "${target}" needs to know where the network comes from.`, { where: target });
  return row(context());
}
