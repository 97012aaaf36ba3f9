import type { ProofMachine } from '../../core/export/exporter.ts';

/** A module from its text, without a file. */
export const importModule: NonNullable<ProofMachine['importModule']> = (text) =>
  import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`) as Promise<Readonly<Record<string, unknown>>>;
