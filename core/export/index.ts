import type { Exporter } from './exporter.ts';
import { packed } from './packed/index.ts';

/** Every export target, in the order the wizard shows them. */
export const EXPORTERS = { bitw: packed } as const satisfies Record<string, Exporter>;
export type ExporterId = keyof typeof EXPORTERS;

export function isExporterId(text: string): text is ExporterId {
  return Object.hasOwn(EXPORTERS, text);
}
