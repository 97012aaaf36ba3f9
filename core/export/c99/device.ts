import type { Program } from '../../runtime/program.ts';
import type { DeviceUse } from '../exporter.ts';
import { LIBRARY_BYTES, PIECE_BYTES, RUN_BYTES, STRUCTURE_BYTES } from './code-bytes.ts';
import { piecesFor } from './piece.ts';
import { PIECES, writeSteps } from './write.ts';

/**
 * What a linker reports for NAME.c beside the rest of an image, RAM to the byte and flash within 2 %; of networks so small that
 * most of it is code, within 10 %. Of an image are not counted: the start of the machine and its vectors, the program that calls the
 * network, with its copies of input and output, the C library (memcpy, memset), and the stack, of which a run takes less than 1 KiB.
 */
export function deviceUse(program: Program): DeviceUse {
  const { unit, arenaBytes } = writeSteps(program, { counts: true });
  const needed = piecesFor(PIECES, unit.pieces);
  const library = new Set(needed.flatMap((name) => PIECE_BYTES[name]?.library ?? []));
  const callsOf = (name: string): number => unit.called.filter((call) => call.name === name).length;
  const codeOf = (name: string): number => {
    const { bytes, once, call = 0 } = PIECE_BYTES[name] ?? { bytes: 0 };
    const calls = callsOf(name);
    return calls === 1 && once !== undefined ? once : bytes + calls * call;
  };
  /** A function that is called once becomes part of the run function, and so do structures whose numbers it only reads. */
  const structureOf = (name: string, type: string): number => (callsOf(name) > 1 || (PIECE_BYTES[name]?.kept ?? [type]).includes(type) ? STRUCTURE_BYTES[type] : 0);
  const sum = (items: readonly number[]): number => items.reduce((total, item) => total + item, 0);
  return {
    codeBytes: RUN_BYTES + sum(needed.map(codeOf)) + sum([...library].map((member) => LIBRARY_BYTES[member])),
    constantBytes: unit.weightBytes + sum(unit.called.flatMap(({ name, structures }) => structures.map((type) => structureOf(name, type)))),
    ramBytes: arenaBytes,
  };
}
