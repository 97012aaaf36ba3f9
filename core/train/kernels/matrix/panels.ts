import { eights } from '../convolution/shape.ts';
import type { TrainingKernels } from '../training-kernels.ts';

/** A matrix whose element (tap t, i, n) lies at address + 4 · (taps[t] + i · innerStride + n · columnStride); its rows are taps × inner. */
export interface PanelSource {
  readonly address: number;
  /** Offsets in floats. Default: one, 0. */
  readonly taps?: readonly number[];
  readonly inner: number;
  readonly innerStride: number;
  readonly columns: number;
  readonly columnStride: number;
}

export const panelFloats = (terms: number, columns: number): number => terms * eights(columns);

/** Writes the matrix as panels of eight columns, [⌈columns / 8⌉][taps · inner][8], to `panels`. */
export function packPanels(kernels: TrainingKernels, { address, taps = [0], inner, innerStride, columns, columnStride }: PanelSource, panels: number): void {
  const offsets = kernels.workspace('taps', taps.length * 4);
  new Uint32Array(kernels.view(offsets, taps.length).buffer, offsets, taps.length).set(taps.map((tap) => tap * 4));
  kernels.run({
    export: 'packPanels',
    args: [address, offsets, taps.length, inner, innerStride * 4, columns, columnStride * 4, panels],
    items: Math.ceil(columns / 8),
  });
}
