/** What is said of a target before anything is written: the page knows this much, and workers the rest. */
export interface Target {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Of the main file. */
  readonly extension: string;
  /** Why the page cannot prove it and so does not write it, or null. */
  readonly elsewhere: string | null;
}

/** Every export target, in the order the wizard shows them. */
export const TARGETS = {
  bitw: {
    id: 'bitw',
    name: 'Packed network (.bitw)',
    description: 'Bit-packed weights, thresholds and graph in one file, exactly as the studio runs them.',
    extension: 'bitw',
    elsewhere: null,
  },
  c99: {
    id: 'c99',
    name: 'C99 source (.c, .h)',
    description: 'One source and one header without allocation, weights packed in flash, for microcontrollers and everything else.',
    extension: 'c',
    elsewhere: 'C files are proved by compiling them, which the command line does.',
  },
} as const satisfies Record<string, Target>;

export type ExporterId = keyof typeof TARGETS;

export function isExporterId(text: string): text is ExporterId {
  return Object.hasOwn(TARGETS, text);
}
