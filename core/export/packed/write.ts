import { sha256 } from '../../base/hash.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { ParameterSlot, Program } from '../../runtime/program.ts';
import { ByteWriter, crc32 } from './bytes.ts';
import { ALIGNMENT, MAGIC, packedLayout, VERSION } from './layout.ts';
import { writeStructure } from './structure.ts';

function slotContents(slot: ParameterSlot, values: Float32Array | Int32Array | Int8Array): Uint8Array {
  if (slot.type === 'codes') return SCHEMES[slot.scheme].pack(values as Int8Array, slot.facts);
  const bytes = new Uint8Array(slot.count * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < slot.count; i++) {
    if (slot.type === 'float32') view.setFloat32(i * 4, values[i], true);
    else view.setInt32(i * 4, values[i], true);
  }
  return bytes;
}

/** The packed network, byte for byte as described in docs/file-formats.md. */
export function writePacked(program: Program): Uint8Array {
  const { network, parameters } = program;
  const structure = new ByteWriter();
  writeStructure(structure, network);
  structure.align(ALIGNMENT);
  const writer = new ByteWriter();
  writer.u32(MAGIC);
  writer.u32(VERSION);
  writer.u32(packedLayout(network).totalBytes);
  writer.u32(structure.position);
  writer.raw(structure.finish());
  network.steps.forEach((step, index) => {
    for (const slot of step.parameters) {
      const values = parameters[index][slot.name];
      if (values?.length !== slot.count) throw new Error(`${step.node}: "${slot.name}" has ${values?.length} numbers, not ${slot.count}.`);
      writer.raw(slotContents(slot, values));
      writer.align(ALIGNMENT);
    }
  });
  const body = writer.finish();
  writer.u32(crc32(body));
  return writer.finish();
}

/** The packed bytes and their SHA-256, made once a program: several targets tell of them. */
export interface PackedFacts {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

const facts = new WeakMap<Program, PackedFacts>();

export function packedFacts(program: Program): PackedFacts {
  let known = facts.get(program);
  if (!known) {
    const bytes = writePacked(program);
    facts.set(program, (known = { bytes, sha256: sha256(bytes) }));
  }
  return known;
}
