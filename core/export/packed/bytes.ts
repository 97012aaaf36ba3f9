import { StudioError } from '../../base/errors.ts';

/** Little-endian writer of the packed file. */
export class ByteWriter {
  private bytes = new Uint8Array(1024);
  private length = 0;
  private readonly text = new TextEncoder();

  get position(): number {
    return this.length;
  }

  private reserve(count: number): number {
    const at = this.length;
    if (at + count > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, at + count));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    this.length += count;
    return at;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  u32(value: number): void {
    const at = this.reserve(4);
    new DataView(this.bytes.buffer).setUint32(at, value, true);
  }

  f64(value: number): void {
    const at = this.reserve(8);
    new DataView(this.bytes.buffer).setFloat64(at, value, true);
  }

  /** Unsigned LEB128, below 2^32. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.u8((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** Zig-zag: small magnitudes of either sign are short. */
  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  string(text: string): void {
    // Names are nearly always ASCII, and the size of a variant is asked for at every keystroke.
    if (/^[\x00-\x7f]*$/.test(text)) {
      this.varint(text.length);
      const at = this.reserve(text.length);
      for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
      return;
    }
    const bytes = this.text.encode(text);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** A part that depends on nothing but an object that never changes. */
  part<T extends object>(of: T, write: (sink: ByteSink, of: T) => void): void {
    write(this, of);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Zero bytes up to a multiple of `to`. */
  align(to: number): void {
    while (this.length % to !== 0) this.u8(0);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** What a structure is written to. */
export interface ByteSink {
  u8(value: number): void;
  f64(value: number): void;
  varint(value: number): void;
  signed(value: number): void;
  string(text: string): void;
  part<T extends object>(of: T, write: (sink: ByteSink, of: T) => void): void;
}

/** Bytes of parts that were counted before. */
const countedParts = new WeakMap<object, number>();

/** How many bytes a writer would have written. */
export class ByteCounter implements ByteSink {
  position = 0;

  part<T extends object>(of: T, write: (sink: ByteSink, of: T) => void): void {
    const known = countedParts.get(of);
    if (known !== undefined) {
      this.position += known;
      return;
    }
    const start = this.position;
    write(this, of);
    countedParts.set(of, this.position - start);
  }

  u8(): void {
    this.position += 1;
  }

  f64(): void {
    this.position += 8;
  }

  varint(value: number): void {
    let count = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) count++;
    this.position += count;
  }

  signed(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  string(text: string): void {
    const bytes = encodedLength(text);
    this.varint(bytes);
    this.position += bytes;
  }
}

/** Bytes of the text in UTF-8. */
function encodedLength(text: string): number {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 127) return new TextEncoder().encode(text).length;
  }
  return text.length;
}

/** Reader with a limit on everything: a damaged file ends in a sentence, never in a hang or a huge allocation. */
export class ByteReader {
  private at = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly name: string;
  private readonly text = new TextDecoder('utf-8', { fatal: true });

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.name = name;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.at;
  }

  fail(what: string): never {
    throw new StudioError(`This packed network is damaged: ${what}.`, {
      where: `${this.name}, offset ${this.at} of ${this.bytes.length}`,
      next: 'Export it again, or open the original model.',
    });
  }

  private take(count: number, what: string): number {
    if (this.at + count > this.bytes.length) this.fail(`${what} ends after the end of the file`);
    const at = this.at;
    this.at += count;
    return at;
  }

  u8(what: string): number {
    return this.bytes[this.take(1, what)];
  }

  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }

  f64(what: string): number {
    return this.view.getFloat64(this.take(8, what), true);
  }

  varint(what: string): number {
    let value = 0;
    for (let shift = 0; shift < 5; shift++) {
      const byte = this.u8(what);
      value += (byte & 127) * 128 ** shift;
      if (byte < 128) return value;
    }
    return this.fail(`${what} is not a number below 2^35`);
  }

  signed(what: string): number {
    const value = this.varint(what);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A count of things that take at least one byte each. */
  count(what: string): number {
    const value = this.varint(what);
    if (value > this.bytes.length - this.at) this.fail(`it claims ${value} ${what}, more than the rest of the file can hold`);
    return value;
  }

  string(what: string): string {
    const length = this.count(`bytes of ${what}`);
    const at = this.take(length, what);
    try {
      return this.text.decode(this.bytes.slice(at, at + length));
    } catch {
      return this.fail(`${what} is not UTF-8`);
    }
  }

  raw(length: number, what: string): Uint8Array {
    const at = this.take(length, what);
    return this.bytes.subarray(at, at + length);
  }

  align(to: number): void {
    while (this.at % to !== 0) this.u8('padding');
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32 as in zip and PNG (ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
