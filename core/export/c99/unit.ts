import { BLOCK } from './weights.ts';
import { floatLiteral, int32Literal, listLines } from './literals.ts';

/** The generated file as it grows: constants, calls and the shared pieces they need. */
export class Unit {
  readonly pieces = new Set<string>();
  readonly constants: string[] = [];
  readonly calls: string[] = [];
  readonly fills: string[] = [];
  /** The function of every call, and the types of the constant structures that were made for it. */
  readonly called: { readonly name: string; readonly structures: readonly string[] }[] = [];
  pairNibbles = 0;
  longestSignRow = 0;
  weightBytes = 0;
  scratchBytes = 0;
  private readonly structures: string[] = [];
  private readonly counts: boolean;

  /** Of what is only counted no numbers are spelt: they are nearly all of the work. */
  constructor({ counts }: { readonly counts: boolean }) {
    this.counts = counts;
  }

  need(piece: string): string {
    this.pieces.add(piece);
    return piece;
  }

  /** Room that a step uses while it computes; the same for all. */
  scratch(bytes: number): void {
    this.scratchBytes = Math.max(this.scratchBytes, bytes);
  }

  floats(name: string, values: ArrayLike<number>): string {
    return this.array('float', name, values, floatLiteral, 4);
  }

  integers(name: string, values: ArrayLike<number>): string {
    return this.array('int32_t', name, values, int32Literal, 4);
  }

  bytes(name: string, values: Uint8Array): string {
    return this.array('uint8_t', name, values, String, 1);
  }

  private array(type: string, name: string, values: ArrayLike<number>, literal: (value: number) => string, itemBytes: number): string {
    this.weightBytes += values.length * itemBytes;
    if (!this.counts) this.constants.push(`static const ${type} ${name}[${values.length}] = {\n${listLines(Array.from(values, literal))}\n};`);
    return name;
  }

  /** Bytes of one-bit weights of an output channel, in layers that have eight side by side: C counts and keeps room by the longest. */
  signRow(bytes: number, channels: number): void {
    if (channels >= BLOCK) this.longestSignRow = Math.max(this.longestSignRow, bytes);
  }

  /** What the table path of one-bit layers adds: memory, how the first run fills it, and nibbles of a pair of pixels. */
  forTables(memory: string, fill: string, nibbles: number): void {
    this.constants.push(`#ifdef XNOR_TABLES\n${memory}\n#endif`);
    this.fills.push(fill);
    this.pairNibbles = Math.max(this.pairNibbles, nibbles);
  }

  /** A constant structure with named members; what is left out is 0. */
  structure(type: string, name: string, members: Readonly<Record<string, string | number | readonly number[]>>, more = ''): string {
    const text = (value: string | number | readonly number[]): string => (typeof value === 'object' ? `{ ${value.map(String).join(', ')} }` : String(value));
    this.structures.push(type);
    const items = Object.entries(members).map(([member, value]) => `.${member} = ${text(value)}`);
    this.constants.push(`static const struct ${type} ${name} = {\n${listLines(items)}\n${more === '' ? '' : `${more}\n`}};`);
    return `&${name}`;
  }

  call(name: string, args: readonly (string | number)[]): void {
    this.called.push({ name, structures: this.structures.splice(0) });
    this.calls.push(`  ${name}(${args.join(', ')});`);
  }
}
