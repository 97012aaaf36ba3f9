import { c99 } from './c99/index.ts';
import type { Exporter } from './exporter.ts';
import { onnx, onnxQdq } from './onnx/index.ts';
import { packed } from './packed/index.ts';
import type { ExporterId } from './targets.ts';
import { lce, tflite } from './tflite/index.ts';

/** How each target is checked, written and read back. */
export const EXPORTERS: Readonly<Record<ExporterId, Exporter>> = { bitw: packed, c99, onnx, 'onnx-qdq': onnxQdq, tflite, lce };
