import { join, type Formats } from '../../../core/base/format.ts';
import type { ArenaUse, TargetCheck } from '../../../core/export/result.ts';
import type { Board } from '../../state/boards.ts';

/** What a target takes of a device. Null: it is not in the target's files, or not known yet. */
export interface Need {
  readonly codeBytes: number | null;
  readonly constantBytes: number;
  readonly ramBytes: number | null;
}

/** Targets that bring no code need a runtime of their own, which is not counted. */
export function needOf(check: TargetCheck | null, packedBytes: number): Need {
  const { device = null, networkBytes = packedBytes } = check ?? {};
  return device ?? { codeBytes: null, constantBytes: networkBytes, ramBytes: null };
}

export interface Fit {
  readonly fits: boolean;
  readonly codeShare: number;
  readonly flashShare: number;
  /** Null: not known. */
  readonly ramShare: number | null;
  readonly result: string;
}

export function fitOf({ codeBytes, constantBytes, ramBytes }: Need, board: Board, formats: Formats): Fit {
  const code = codeBytes ?? 0;
  const flash = board.flashBytes - code - constantBytes;
  const ram = ramBytes === null ? null : board.ramBytes - ramBytes;
  const memory = (bytes: number) => join(formats.deviceMemory(Math.abs(bytes)));
  const short = [flash < 0 ? `${memory(flash)} flash short` : '', ram !== null && ram < 0 ? `${memory(ram)} RAM short` : ''].filter(Boolean);
  const free = `${memory(flash)} flash${ram === null ? '' : `, ${memory(ram)} RAM`} free`;
  return {
    fits: short.length === 0,
    codeShare: code / board.flashBytes,
    flashShare: (code + constantBytes) / board.flashBytes,
    ramShare: ramBytes === null ? null : ramBytes / board.ramBytes,
    result: short.length > 0 ? short.join(', ') : free,
  };
}

/** One sentence on what is counted, and what is not. */
export function needText({ codeBytes, constantBytes, ramBytes }: Need, arena: ArenaUse | null, formats: Formats): string {
  const memory = (bytes: number) => join(formats.deviceMemory(bytes));
  const where = arena ? `, at ${arena.steps[arena.peak.step]}` : '';
  if (codeBytes === null || ramBytes === null) {
    const values = arena ? ` Values of a run peak at ${memory(arena.peak.bytes)}${where}, as the studio lays them out.` : '';
    return `Flash holds ${memory(constantBytes)} of network. The runtime that this target needs is not in its files and not counted.${values}`;
  }
  return `Flash holds ${memory(constantBytes)} of constants and ${memory(codeBytes)} of code, built for a Cortex-M4 with -Os. RAM takes ${memory(ramBytes)}${where}, input and output included; the stack is not.`;
}

/** A rectangle of the arena's picture, in shares of its width and height. */
export interface ArenaBox {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** In use when most is. */
  readonly atPeak: boolean;
}

/** Steps go to the right, addresses upwards. */
export function arenaBoxes({ bytes, steps, blocks, peak }: ArenaUse): readonly ArenaBox[] {
  const columns = steps.length;
  return blocks.map((block) => {
    const first = Math.max(0, block.first);
    const last = Math.min(columns - 1, block.last);
    return {
      name: block.name,
      x: first / columns,
      width: (last - first + 1) / columns,
      y: 1 - (block.offset + block.bytes) / bytes,
      height: block.bytes / bytes,
      atPeak: block.first <= peak.step && peak.step <= block.last,
    };
  });
}
