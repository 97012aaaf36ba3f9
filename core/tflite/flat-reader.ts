import { StudioError } from '../base/errors.ts';

/** A vector of a flatbuffer: where its elements begin and how many there are. All lie in the file. */
export interface VectorPlace {
  readonly start: number;
  readonly length: number;
}

/**
 * Tables of a flatbuffer, every position checked before it is read: the library of the format has no verifier in JavaScript and reads
 * beyond the end without a word. Offsets may point at the same bytes again and again, so what is read in all is limited too.
 */
export class FlatReader {
  readonly view: DataView;
  readonly fileName: string;
  #left: number;

  constructor(bytes: Uint8Array, fileName: string) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.fileName = fileName;
    this.#left = 4 * bytes.byteLength;
  }

  failure(position: number, reason: string): StudioError {
    return new StudioError(`${this.fileName} cannot be read as TensorFlow Lite: ${reason} at byte ${position}.`, {
      where: `${this.fileName}, byte ${position}`,
      next: 'The file is damaged or incomplete; download or convert it again.',
    });
  }

  /** Throws unless `size` bytes from `position` lie in the file. */
  check(position: number, size: number, what: string): void {
    if (position < 0 || size > this.view.byteLength - position) throw this.failure(position, `${what} goes beyond the end`);
    this.#left -= size;
    if (this.#left < 0) throw this.failure(position, 'the same bytes are used again and again');
  }

  /** The table that the offset at `position` points at. */
  tableAt(position: number, what: string): FlatTable {
    this.check(position, 4, what);
    return new FlatTable(this, position + this.view.getUint32(position, true), what);
  }
}

export class FlatTable {
  readonly position: number;
  readonly #reader: FlatReader;
  readonly #what: string;
  readonly #slots: VectorPlace;

  constructor(reader: FlatReader, position: number, what: string) {
    reader.check(position, 4, what);
    const slots = position - reader.view.getInt32(position, true);
    reader.check(slots, 4, `the layout of ${what}`);
    const size = reader.view.getUint16(slots, true);
    if (size < 4 || size > reader.view.byteLength - slots) throw reader.failure(slots, `the layout of ${what} goes beyond the end`);
    this.position = position;
    this.#reader = reader;
    this.#what = what;
    this.#slots = { start: slots, length: size };
  }

  /** Where a field of `size` bytes stands; null where it is left out. */
  #field(slot: number, size: number): number | null {
    const at = 4 + 2 * slot;
    if (at + 2 > this.#slots.length) return null;
    const offset = this.#reader.view.getUint16(this.#slots.start + at, true);
    if (offset === 0) return null;
    this.#reader.check(this.position + offset, size, this.#what);
    return this.position + offset;
  }

  #number(slot: number, size: number, fallback: number, read: (position: number) => number): number {
    const position = this.#field(slot, size);
    return position === null ? fallback : read(position);
  }

  byte(slot: number, fallback: number): number {
    return this.#number(slot, 1, fallback, (position) => this.#reader.view.getInt8(position));
  }

  unsignedByte(slot: number): number {
    return this.#number(slot, 1, 0, (position) => this.#reader.view.getUint8(position));
  }

  int(slot: number, fallback: number): number {
    return this.#number(slot, 4, fallback, (position) => this.#reader.view.getInt32(position, true));
  }

  unsigned(slot: number): number {
    return this.#number(slot, 4, 0, (position) => this.#reader.view.getUint32(position, true));
  }

  float(slot: number, fallback: number): number {
    return this.#number(slot, 4, fallback, (position) => this.#reader.view.getFloat32(position, true));
  }

  /** Rounded to a double. */
  unsignedLong(slot: number): number {
    return this.#number(slot, 8, 0, (position) => Number(this.#reader.view.getBigUint64(position, true)));
  }

  table(slot: number, what: string): FlatTable | null {
    const position = this.#field(slot, 4);
    return position === null ? null : this.#reader.tableAt(position, what);
  }

  /** A vector of elements of `size` bytes each; empty where the field is left out. `counted`: its bytes count towards what may be read. */
  vector(slot: number, size: number, counted = true): VectorPlace {
    const field = this.#field(slot, 4);
    if (field === null) return { start: this.position, length: 0 };
    const { view } = this.#reader;
    const at = field + view.getUint32(field, true);
    this.#reader.check(at, 4, this.#what);
    const length = view.getUint32(at, true);
    if (length * size > view.byteLength - at - 4) throw this.#reader.failure(at, `a list of ${length} in ${this.#what} goes beyond the end`);
    if (counted) this.#reader.check(at + 4, length * size, this.#what);
    return { start: at + 4, length };
  }

  ints(slot: number): number[] {
    const { start, length } = this.vector(slot, 4);
    return Array.from({ length }, (_, i) => this.#reader.view.getInt32(start + 4 * i, true));
  }

  tables(slot: number, what: string): FlatTable[] {
    const { start, length } = this.vector(slot, 4);
    return Array.from({ length }, (_, i) => this.#reader.tableAt(start + 4 * i, `${what} ${i}`));
  }

  text(slot: number): string {
    const { start, length } = this.vector(slot, 1);
    const { buffer, byteOffset } = this.#reader.view;
    // TextDecoder refuses shared memory, which models are kept in.
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset + start, length).slice());
  }
}
