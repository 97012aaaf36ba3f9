import { joined } from '../../base/joined.ts';

/** Messages as the protobuf wire format has them: parts that are joined once, when the file is whole. */
export type Part = Uint8Array;

const text = new TextEncoder();

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 0x80n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

export function integerField(field: number, value: number): Part {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

export function floatField(field: number, value: number): Part {
  return joined([Uint8Array.from(varint(field * 8 + 5)), floatBytes([value])]);
}

export function bytesField(field: number, bytes: Uint8Array): Part {
  return joined([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

export function textField(field: number, value: string): Part {
  return bytesField(field, text.encode(value));
}

export function messageField(field: number, parts: readonly Part[]): Part {
  return bytesField(field, joined(parts));
}

/** Little-endian, whatever the machine. */
export function floatBytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i], true);
  return new Uint8Array(view.buffer);
}
