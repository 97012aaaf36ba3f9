import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Extensions that the studio is asked to open: models, projects, packed networks, data. */
const OPENS = /\.(bitproj|bitmodel|bitw|onnx|h5|keras|tflite|json|idx|gz|bin|npz|npy|csv|tsv|zip)$/i;

/**
 * The files among the arguments of a start. Switches are skipped, and so is everything else that is not an existing
 * file of a kind that the studio opens: Chromium's own arguments and the application's folder are in the same list.
 */
export function launchPaths(argv: readonly string[], folder: string, exists: (path: string) => boolean = existsSync): readonly string[] {
  return argv
    .slice(1)
    .filter((argument) => !argument.startsWith('-') && OPENS.test(argument))
    .map((argument) => resolve(folder, argument))
    .filter(exists);
}
