import { createStore } from 'zustand/vanilla';

export interface Board {
  readonly name: string;
  readonly flashBytes: number;
  readonly ramBytes: number;
}

const KIB = 1024;
const MIB = 1024 * 1024;

/** As the makers' data sheets say; RAM is what one program can use. The list is a person's own from the first change on. */
export const COMMON_BOARDS: readonly Board[] = [
  { name: 'nRF52832', flashBytes: 512 * KIB, ramBytes: 64 * KIB },
  { name: 'nRF52840', flashBytes: MIB, ramBytes: 256 * KIB },
  { name: 'STM32F411', flashBytes: 512 * KIB, ramBytes: 128 * KIB },
  { name: 'STM32F746', flashBytes: MIB, ramBytes: 320 * KIB },
  { name: 'STM32H743', flashBytes: 2 * MIB, ramBytes: 512 * KIB },
  { name: 'RP2040 (Pico)', flashBytes: 2 * MIB, ramBytes: 264 * KIB },
  { name: 'ESP32-S3, 8 MiB', flashBytes: 8 * MIB, ramBytes: 512 * KIB },
  { name: 'Cortex-A53 (Pi Zero 2)', flashBytes: 8 * 1024 * MIB, ramBytes: 512 * MIB },
];

export const boardsStore = createStore<{ readonly boards: readonly Board[] }>(() => ({ boards: COMMON_BOARDS }));

const LARGEST_BYTES = 2 ** 50;
const isSize = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= LARGEST_BYTES;

/** A list as settings keep it; null where it is none. */
export function readBoards(value: unknown): readonly Board[] | null {
  if (!Array.isArray(value) || value.length > 200) return null;
  const boards = value.filter((row: Partial<Board> | null): row is Board => typeof row?.name === 'string' && isSize(row.flashBytes) && isSize(row.ramBytes));
  return boards.length === value.length ? boards.map(({ name, flashBytes, ramBytes }) => ({ name: name.slice(0, 60), flashBytes, ramBytes })) : null;
}
