import { SCHEMES } from '../../schemes/index.ts';
import type { LoweredNetwork, ParameterSlot, Step } from '../../runtime/program.ts';
import { ByteCounter } from './bytes.ts';
import { writeStructure } from './structure.ts';

export const MAGIC = 0x57544942; // "BITW", little-endian
export const VERSION = 1;
/** magic, version, file length, structure length: four u32. */
const PREAMBLE_BYTES = 16;
export const CHECKSUM_BYTES = 4;
/** Every array starts on a multiple of this, so that a mapped file can be read in place. */
export const ALIGNMENT = 4;

export function slotBytes(slot: ParameterSlot): number {
  return slot.type === 'codes' ? SCHEMES[slot.scheme].packedBytes(slot.facts) : slot.count * 4;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

const bytesOfSlots = new WeakMap<readonly ParameterSlot[], number>();

export function stepBytes({ parameters }: Step): number {
  let bytes = bytesOfSlots.get(parameters);
  if (bytes === undefined) bytesOfSlots.set(parameters, (bytes = parameters.reduce((sum, slot) => sum + aligned(slotBytes(slot)), 0)));
  return bytes;
}

export interface PackedLayout {
  readonly totalBytes: number;
  /** Preamble, structure, checksum and alignment. */
  readonly headerBytes: number;
  /** Structure and arrays before the file is rounded up to whole words: what single layers add up to. */
  readonly unalignedBytes: number;
  /** Graph node → bytes of its arrays; conversions count for the value they convert. */
  readonly nodes: Readonly<Record<string, number>>;
}

/** Bytes of the file whose structure and arrays take so many. */
export function fileBytes(unaligned: number): number {
  return PREAMBLE_BYTES + aligned(unaligned) + CHECKSUM_BYTES;
}

/** Size of the packed file to the byte, from the structure alone: no weight is looked at. */
export function packedLayout(network: LoweredNetwork): PackedLayout {
  const counter = new ByteCounter();
  writeStructure(counter, network);
  const structureBytes = counter.position;
  const headerBytes = PREAMBLE_BYTES + aligned(structureBytes) + CHECKSUM_BYTES;
  const nodes: Record<string, number> = {};
  let arrays = 0;
  for (const step of network.steps) {
    const bytes = stepBytes(step);
    nodes[step.node] = (nodes[step.node] ?? 0) + bytes;
    arrays += bytes;
  }
  return { totalBytes: headerBytes + arrays, headerBytes, unalignedBytes: structureBytes + arrays, nodes };
}
