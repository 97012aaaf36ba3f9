import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { bufferBytes } from '../../runtime/memory-plan.ts';
import type { Program, ProgramBuffer, Stored } from '../../runtime/program.ts';
import type { ExportFile, ProofMachine, Reopened } from '../exporter.ts';

/**
 * Reads a sample; runs it and writes the answer; runs it again, and behind every step writes what it stored and reads what the
 * next one is to begin from.
 */
function driver(main: string, id: string, macro: string): string {
  return `#define ${macro}_PROBE
#include "${main}"
#include <stdio.h>

static int probing;
static int broken;

void ${id}_probe(int step, void *stored, unsigned long bytes)
{
  (void)step;
  if (!probing) return;
  if (fwrite(stored, 1, bytes, stdout) != bytes || fread(stored, 1, bytes, stdin) != bytes) broken = 1;
}

int main(void)
{
  static float input[${macro}_INPUT_COUNT];
  static float output[${macro}_OUTPUT_COUNT];
  if (fread(input, sizeof(float), ${macro}_INPUT_COUNT, stdin) != ${macro}_INPUT_COUNT) return 2;
  ${id}_run(input, output);
  if (fwrite(output, sizeof(float), ${macro}_OUTPUT_COUNT, stdout) != ${macro}_OUTPUT_COUNT) return 2;
  probing = 1;
  ${id}_run(input, output);
  return broken ? 2 : 0;
}
`;
}

function bytesOf(values: Stored): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function storedAs(buffer: ProgramBuffer, bytes: Uint8Array): Stored {
  const own = new Uint8Array(bytes);
  if (buffer.format === 'float32') return new Float32Array(own.buffer);
  return buffer.format === 'int8' ? new Int8Array(own.buffer) : own;
}

/** Builds the written files with a driver around them; every run is one process. */
export async function openC99(files: readonly ExportFile[], { network }: Program, machine: ProofMachine): Promise<Reopened> {
  const [main, header] = files;
  const source = new TextDecoder().decode(main.bytes);
  const id = /^void (\w+)_run\(/m.exec(source)?.[1];
  if (!machine.compileC || !id) throw new StudioError('The written C files cannot be built here.', { where: main.path });
  const text = new TextEncoder().encode(driver(main.path, id, id.toUpperCase()));
  // The driver includes the source, so that it alone is compiled.
  const built = await machine.compileC([{ path: 'proof.c', bytes: text }, main, header]);
  const { buffers, steps, outputs } = network;
  const answerBytes = 4 * elementCount(buffers[outputs[0]].shape);
  const stored = new Map<number, Stored>();
  return {
    run: async (sample, shown) => {
      const parts = [bytesOf(sample), ...steps.map((step) => bytesOf(shown(step.output)))];
      const input = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        input.set(part, at);
        at += part.length;
      }
      const output = await built.run(input);
      const expected = steps.reduce((sum, step) => sum + bufferBytes(buffers[step.output]), answerBytes);
      if (output.length !== expected) throw new StudioError(`The compiled network wrote ${output.length} bytes, not ${expected}.`, { where: main.path });
      at = answerBytes;
      for (const step of steps) {
        const bytes = bufferBytes(buffers[step.output]);
        stored.set(step.output, storedAs(buffers[step.output], output.subarray(at, at + bytes)));
        at += bytes;
      }
      return new Float32Array(new Uint8Array(output.subarray(0, answerBytes)).buffer);
    },
    read: (buffer) => stored.get(buffer) ?? null,
    close: () => built.close(),
  };
}
