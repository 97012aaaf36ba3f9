import { c99 } from './c99/index.ts';
import type { Exporter } from './exporter.ts';
import { onnx, onnxQdq, qonnx } from './onnx/index.ts';
import { packed } from './packed/index.ts';
import type { ExporterId } from './targets.ts';
import { tfjs } from './tfjs/index.ts';

/** How each target is checked, written and read back. */
export const EXPORTERS: Readonly<Record<ExporterId, Exporter>> = { bitw: packed, c99, onnx, 'onnx-qdq': onnxQdq, qonnx, tfjs };
