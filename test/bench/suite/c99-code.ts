import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../core/base/hash.ts';
import { PIECES } from '../../../core/export/c99/write.ts';
import { piecesFor } from '../../../core/export/c99/piece.ts';

const COMPILER = 'arm-none-eabi-gcc';
const FLAGS = ['-std=c99', '-ffp-contract=off', '-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16', '-Os'];
/** Pieces that structures name and nobody calls directly. */
const BY_POINTER = /^(dot|store)_/;
/** Rows of one-bit weights are long enough for all code. */
const HEADERS = '#include <stdint.h>\n#include <string.h>\n#define LONGEST_ROW 64\n';
/** The beginning of a function. */
const DEFINITION = /^static (?!const|union)[^;={]*?(\w+)\([^;{]*\)\n\{/gm;

function inFolder<T>(work: (run: Run, write: Write, read: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-code-'));
  try {
    return work(
      (program, ...args) => {
        const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
        if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr ?? ''}${error ?? ''}`);
        return stdout;
      },
      (name, text) => writeFileSync(join(folder, name), text),
      (name) => readFileSync(join(folder, name), 'utf8'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Functions that the text defines, in its order. */
function functionsOf(text: string): readonly string[] {
  return [...text.matchAll(DEFINITION)].map((match) => match[1]);
}

/** Code with the last function of the piece, which is what others call, kept as it is: neither inlined nor made for one caller. */
function kept(name: string): string {
  const text = PIECES[name].text.trim();
  const last = functionsOf(text).at(-1);
  return text.replace(DEFINITION, (line, defined: string) => (defined === last ? `__attribute__((used, noinline, noclone)) ${line}` : line));
}

/** The piece that a function or a constant is part of. */
function pieceOf(symbol: string): string | undefined {
  return Object.keys(PIECES).find((name) => functionsOf(PIECES[name].text).includes(symbol) || new RegExp(`\\bconst \\w+ ${symbol}\\[`).test(PIECES[name].text));
}

/** Bytes of every symbol of an object that is code or constant. */
function symbolsOf(listing: string): readonly (readonly [name: string, bytes: number])[] {
  return [...listing.matchAll(/^\S+ (\S+) [tTrR] (\S+)$/gm)].map((match) => [match[2].replace(/\..*$/, ''), Number.parseInt(match[1], 16)]);
}

type Run = (program: string, ...args: string[]) => string;
type Write = (name: string, text: string) => void;

export interface MeasuredPiece {
  readonly bytes: number;
  readonly once: number | null;
  readonly call: number | null;
  /** Structures that are still there where it is called once. */
  readonly kept: readonly string[];
  readonly library: readonly string[];
}

export interface Measured {
  readonly version: string;
  readonly flags: readonly string[];
  readonly pieces: Readonly<Record<string, MeasuredPiece>>;
  readonly library: Readonly<Record<string, number>>;
  readonly structures: Readonly<Record<string, number>>;
  readonly run: number;
}

/** Pieces that need it, but for those that only builds with vectors have. */
const usersOf = (name: string): readonly string[] => Object.keys(PIECES).filter((other) => PIECES[other].needs.includes(name) && !PIECES[other].text.trim().startsWith('#ifdef'));

/** Parts of the compiler's own library that a piece needs, with what it needs itself. */
function linked(name: string, run: Run, write: Write, read: (name: string) => string): ReadonlyMap<string, number> {
  const code = piecesFor(PIECES, [name]).map((need) => (need === name ? kept(need) : PIECES[need].text.trim()));
  const standIns = 'void *memcpy(void *a, const void *b, size_t n) { (void)b; (void)n; return a; }\nvoid *memset(void *a, int b, size_t n) { (void)b; (void)n; return a; }\nvoid start(void) {}\n';
  write('link.c', `${HEADERS}${code.join('\n\n')}\n${standIns}`);
  run(COMPILER, ...FLAGS, '-nostdlib', '-Wl,-e,start,-Map,link.map', 'link.c', '-lgcc', '-o', 'link.elf');
  const members = new Map<string, number>();
  for (const match of read('link.map').matchAll(/^ \.(?:text|rodata)\S*\s+0x\S+\s+(0x\S+) \S*libgcc\.a\((\S+)\)$/gm)) {
    if (Number(match[1]) > 0) members.set(match[2], (members.get(match[2]) ?? 0) + Number(match[1]));
  }
  return members;
}

/** Bytes of the structures that constants are; others are there in builds with vectors alone. */
function structureBytes(run: Run, write: Write): Readonly<Record<string, number>> {
  const texts = piecesFor(PIECES, Object.keys(PIECES)).map((name) => PIECES[name].text.trim());
  const types = Object.keys(CONSTANTS);
  write('structures.c', `${HEADERS}${texts.join('\n\n')}\n${types.map((type) => `const char size_of_${type}[sizeof(struct ${type})] = { 1 };`).join('\n')}\n`);
  run(COMPILER, ...FLAGS, '-c', 'structures.c');
  return Object.fromEntries(symbolsOf(run('arm-none-eabi-nm', '-S', 'structures.o')).filter(([name]) => name.startsWith('size_of_')).map(([name, bytes]) => [name.slice(8), bytes]));
}

/** Constants that the compiler sees, as in a network: it keeps of them what it does not fold into a function that is called once. */
const CONSTANTS: Readonly<Record<string, (call: number) => string>> = {
  window: (call) => `{ 1, 1, 1, 1, 1, 1, ${28 - call}, ${28 - call}, ${16 + 8 * call}, 3, 3, ${28 - call}, ${28 - call}, ${24 + 8 * call} }`,
  pool: (call) => `{ ${28 - 2 * call}, ${28 - 2 * call}, ${16 + 8 * call}, ${14 - call}, ${14 - call}, 2, 2, 2, 2, 0, 0 }`,
  int8_sum: (call) => `{ 0.7${call}f, 0.3${call}f, -${call + 3}, ${call + 4}, -${call + 5}, -128, 127 }`,
  strided: (call) => `{ 4, ${3136 - call}, { 1, 14, 14, ${16 + call} }, { 0, 1, 1, 0 }, { 1, 1, 1, 1 }, { 1, 16, 16, ${16 + call} }, { ${16 * call}, 256, 16, 1 } }`,
  finish: (call) => `{ store${call}, 32, (const float *)numbers${call}, (const float *)numbers${call}, -3.5f, ${call}.5f, 3, -128, 127, 0 }`,
  integer_layer: (call) => `{ dot${call}, (const uint8_t *)numbers${call}, 0, -${call} }`,
  float_layer: (call) => `{ (const float *)numbers${call}, (const float *)numbers${call}, 0.0f, ${call + 1}.0f }`,
  xnor_layer: (call) => `{ (const uint8_t *)numbers${call}, ${call % 3} }`,
};
/** What they point to is elsewhere. */
const POINTED: Readonly<Record<string, (call: number) => string>> = {
  finish: (call) => `void store${call}(const struct finish *, void *, int32_t, const int32_t *, int32_t);\n`,
  integer_layer: (call) => `int32_t dot${call}(const struct integer_layer *, int32_t, const int8_t *, int32_t, int32_t);\n`,
};

/** What a run function hands over for a parameter, as C; other numbers and places for every call. */
function argumentOf(parameter: string, call: number, position: number): string {
  const struct = /^const struct (\w+) \*/.exec(parameter)?.[1];
  if (struct !== undefined) return `&${struct}${call}`;
  const pointer = /^((?:const )?\w+ \*)/.exec(parameter)?.[1];
  // Weights and thresholds are constants, which stand in flash; what is read first and written is in the arena.
  if (pointer !== undefined) return position > 0 && /^const (float|int32_t) \*/.test(parameter) ? `(${pointer})numbers${call}` : `(${pointer})(arena.bytes + ${3152 * (call + 1) + 7216 * position})`;
  return /^(float|double) /.test(parameter) ? `${call + 1}.37${parameter.startsWith('float') ? 'f' : ''}` : String(100 + 211 * call + position);
}

/** A run function that copies input and output and in between calls a function some times, with other constants each time. */
function runFunction(name: string, parameters: readonly string[], count: number): string {
  const calls = Array.from({ length: count }, (_, call) => call);
  const structs = parameters.flatMap((parameter) => /^const struct (\w+) \*/.exec(parameter)?.[1] ?? []);
  const constants = (call: number): string => structs.map((struct) => `${POINTED[struct]?.(call) ?? ''}static const struct ${struct} ${struct}${call} = ${CONSTANTS[struct](call)};`).join('\n');
  return `
static union { float numbers[65536]; uint8_t bytes[262144]; } arena;
${calls.map((call) => `extern const int32_t numbers${call}[4];\n${constants(call)}`).join('\n')}
float *net_input(void) { return arena.numbers; }
void run(const float *input, float *output)
{
  if (input != net_input()) memcpy(net_input(), input, 3136);
${calls.map((call) => `  ${name}(${parameters.map((parameter, position) => argumentOf(parameter, call, position)).join(', ')});`).join('\n')}
  memcpy(output, arena.bytes + 640, 40);
}
`;
}

/** Sizes of the pieces of C on a Cortex-M4. */
export function measureCode(): Measured {
  return inFolder((run, write, read) => {
    const names = Object.keys(PIECES);
    const isShared = (name: string): boolean => usersOf(name).length > 1;
    const isCalled = (name: string): boolean => usersOf(name).length === 0 && !BY_POINTER.test(name);
    /** Bytes of code and its own constants, without the pieces that others need as well; and the structures that are left. */
    const measure = (name: string, rest: string, how: 'kept' | 'as called'): { readonly bytes: number; readonly constants: readonly string[] } => {
      const needs = piecesFor(PIECES, [name]);
      write('one.c', `${HEADERS}${needs.map((need) => ((need === name ? how === 'kept' : isShared(need)) ? kept(need) : PIECES[need].text.trim())).join('\n\n')}\n${rest}`);
      run(COMPILER, ...FLAGS, '-c', 'one.c');
      const listing = run('arm-none-eabi-nm', '-S', 'one.o');
      const others = new Set(needs.filter((need) => need !== name && isShared(need)));
      const isStructure = (symbol: string): boolean => Object.hasOwn(CONSTANTS, symbol.replace(/\d+$/, ''));
      const counted = symbolsOf(listing).filter(([symbol]) => !others.has(pieceOf(symbol) ?? ''));
      return {
        bytes: counted.reduce((sum, [symbol, bytes]) => sum + (isStructure(symbol) ? 0 : bytes), 0),
        constants: counted.flatMap(([symbol]) => (isStructure(symbol) ? [symbol.replace(/\d+$/, '')] : [])),
      };
    };
    const empty = measure('window', runFunction('', [], 0), 'as called').bytes;

    const library: Record<string, number> = {};
    const pieces: Record<string, MeasuredPiece> = {};
    for (const name of names) {
      const text = PIECES[name].text;
      // What a single other piece needs is counted with that one.
      if (functionsOf(text).length === 0 || usersOf(name).length === 1) continue;
      const members = linked(name, run, write, read);
      for (const [member, size] of members) library[member] = size;
      const parameters = new RegExp(`^static [^;={]*?\\b${name}\\(([^{]*)\\)\\n`, 'm').exec(text)?.[1].split(', ');
      if (!parameters || !isCalled(name)) {
        pieces[name] = { bytes: measure(name, '', 'kept').bytes, once: null, call: null, kept: [], library: [...members.keys()] };
        continue;
      }
      const called = (count: number) => measure(name, runFunction(name, parameters, count), 'as called');
      const once = called(1);
      const call = Math.round((called(6).bytes - called(2).bytes) / 4);
      pieces[name] = { bytes: called(2).bytes - empty - 2 * call, once: once.bytes - empty, call, kept: once.constants, library: [...members.keys()] };
    }
    return { version: run(COMPILER, '--version').split('\n')[0], flags: FLAGS, pieces, library, structures: structureBytes(run, write), run: empty };
  });
}

/** Of the code that the table is of. */
export function piecesHash(): string {
  return sha256(...Object.values(PIECES).map(({ text }) => text)).slice(0, 16);
}

/** The table as it stands in the repository. */
export function codeBytesFile({ version, flags, pieces, library, structures, run }: Measured): string {
  const list = (rows: Readonly<Record<string, string>>): string => Object.entries(rows).map(([name, text]) => `  ${/^\w+$/.test(name) ? name : `'${name}'`}: ${text},`).join('\n');
  const rows = Object.fromEntries(
    Object.entries(pieces).map(([name, piece]) => {
      const calls = piece.call === null ? '' : `, once: ${piece.once}, call: ${piece.call}, kept: [${piece.kept.map((type) => `'${type}'`).join(', ')}]`;
      const needs = piece.library.length === 0 ? '' : `, library: [${piece.library.map((member) => `'${member}'`).join(', ')}]`;
      return [name, `{ bytes: ${piece.bytes}${calls}${needs} }`];
    }),
  );
  return `/**
 * Bytes of the pieces of C on a Cortex-M4 with FPU. Measured, not written: npm run make:c99-code.
 * ${version}
 * ${flags.join(' ')}
 */

/** Of the texts of the pieces. */
export const PIECES_HASH = '${piecesHash()}';

/** A piece, its constants included; what a single other piece needs is counted with that one. */
export interface PieceBytes {
  readonly bytes: number;
  /** Of what the run function calls: as part of the run function, where it is called once, and else a call. */
  readonly once?: number;
  readonly call?: number;
  /** Structures that are still there where it is called once: the others became part of the code. */
  readonly kept?: readonly string[];
  /** Parts of the compiler's library, above all of float64, which a Cortex-M4 has no instructions for. */
  readonly library?: readonly (keyof typeof LIBRARY_BYTES)[];
}

export const PIECE_BYTES: Readonly<Record<string, PieceBytes>> = {
${list(rows)}
};

/** The parts of libgcc that pieces need. */
export const LIBRARY_BYTES = {
${list(Object.fromEntries(Object.entries(library).map(([name, bytes]) => [name, String(bytes)])))}
} as const;

/** A constant of each structure. */
export const STRUCTURE_BYTES: Readonly<Record<string, number>> = {
${list(Object.fromEntries(Object.entries(structures).map(([name, bytes]) => [name, String(bytes)])))}
};

/** The run function without its calls, and the function that names its input. */
export const RUN_BYTES = ${run};
`;
}
