import { unzipSync } from 'fflate';
import { StudioError } from './errors.ts';

/** Deflate makes at most this many bytes of one. */
const LARGEST_EXPANSION = 1032;

/** Refuses before unpacking what says it holds more than `mostBytes` in all; `wanted` chooses among the entries. */
export function readZip(bytes: Uint8Array, name: string, mostBytes = Number.POSITIVE_INFINITY, wanted: (entry: string) => boolean = () => true): Readonly<Record<string, Uint8Array>> {
  const damaged = (reason: string, cause?: unknown): StudioError =>
    new StudioError(`${name} cannot be read as a zip archive: ${reason} (${bytes.length} bytes).`, {
      where: name,
      next: 'The file is damaged or incomplete; save or download it again.',
      cause,
    });
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: (entry) => {
        if (!wanted(entry.name)) return false;
        total += entry.originalSize;
        if (total > mostBytes) throw damaged(`it says it unpacks to more than ${mostBytes} bytes`);
        if (entry.originalSize > Math.max(entry.size, 16) * LARGEST_EXPANSION || entry.size > bytes.length) {
          throw damaged(`"${entry.name}" says it has ${entry.originalSize} bytes, more than the file can hold`);
        }
        return true;
      },
    });
  } catch (error) {
    throw error instanceof StudioError ? error : damaged(error instanceof Error ? error.message : String(error), error);
  }
}
