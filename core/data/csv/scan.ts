import { StudioError } from '../../base/errors.ts';

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const MINUS = 45;
const ZERO = 48;

/** A table as its bytes: cells are found again at every pass, so that no text of the size of the file is made. */
export interface TableBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where the first line begins: behind a byte order mark. */
  readonly start: number;
  readonly delimiter: number;
}

/** One cell, at hand while it is passed on: its text is made when asked for. */
export interface Cell {
  /** From 0; empty lines do not count. */
  row: number;
  column: number;
  /** In the file, from 1. */
  line: number;
  from: number;
  to: number;
  quoted: boolean;
}

const DELIMITERS = [',', ';', '\t'] as const;

/** The delimiter is the one that the first line has most of. */
export function tableBytes(name: string, bytes: Uint8Array): TableBytes {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const end = bytes.indexOf(NEWLINE, start);
  const counts = DELIMITERS.map((text) => {
    let count = 0;
    let quoted = false;
    for (let at = start; at < (end < 0 ? bytes.length : end); at++) {
      if (bytes[at] === QUOTE) quoted = !quoted;
      else if (!quoted && bytes[at] === text.charCodeAt(0)) count++;
    }
    return count;
  });
  return { name, bytes, start, delimiter: DELIMITERS[counts.indexOf(Math.max(...counts))].charCodeAt(0) };
}

/** Calls `take` for each cell of the rows (RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes). Stops where it returns false. */
export function scanTable({ name, bytes, start, delimiter }: TableBytes, take: (cell: Cell) => boolean | void): void {
  const cell: Cell = { row: 0, column: 0, line: 1, from: 0, to: 0, quoted: false };
  const end = bytes.length;
  let at = start;
  while (at < end) {
    if (cell.column === 0 && (bytes[at] === NEWLINE || bytes[at] === RETURN)) {
      if (bytes[at++] === NEWLINE) cell.line++;
      continue;
    }
    let lines = 0;
    cell.quoted = bytes[at] === QUOTE;
    if (cell.quoted) {
      cell.from = ++at;
      for (; ; at++) {
        if (at >= end) throw new StudioError(`The quotes of a cell of ${name} are never closed.`, { where: `${name}, line ${cell.line}, column ${cell.column + 1}`, next: 'Close the quotes; quotes inside of a cell are doubled.' });
        if (bytes[at] === NEWLINE) lines++;
        if (bytes[at] !== QUOTE) continue;
        if (bytes[at + 1] !== QUOTE) break;
        at++;
      }
      cell.to = at++;
      while (at < end && bytes[at] === SPACE) at++;
      if (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE && bytes[at] !== RETURN) {
        throw new StudioError(`A cell of ${name} goes on after its quotes.`, { where: `${name}, line ${cell.line}, column ${cell.column + 1}`, next: 'Double the quotes inside of the cell.' });
      }
    } else {
      cell.from = at;
      while (at < end && bytes[at] !== delimiter && bytes[at] !== NEWLINE && bytes[at] !== RETURN) at++;
      cell.to = at;
      trim(cell, bytes);
    }
    if (take(cell) === false) return;
    cell.line += lines;
    if (at < end && bytes[at] === delimiter) {
      at++;
      cell.column++;
      // A delimiter at the very end leaves an empty last cell.
      if (at < end && bytes[at] !== NEWLINE && bytes[at] !== RETURN) continue;
      cell.from = cell.to = at;
      cell.quoted = false;
      if (take(cell) === false) return;
    }
    if (bytes[at] === RETURN) at++;
    if (bytes[at] === NEWLINE) at++;
    cell.line++;
    cell.row++;
    cell.column = 0;
  }
}

function trim(cell: Cell, bytes: Uint8Array): void {
  while (cell.from < cell.to && (bytes[cell.from] === SPACE || bytes[cell.from] === TAB)) cell.from++;
  while (cell.to > cell.from && (bytes[cell.to - 1] === SPACE || bytes[cell.to - 1] === TAB)) cell.to--;
}

const DECODER = new TextDecoder();
/** Longest text of a cell that is read. */
const LONGEST_TEXT = 10_000;

export function textOf({ from, to, quoted }: Cell, bytes: Uint8Array): string {
  // A copy, because shared memory is not decoded.
  const text = DECODER.decode(bytes.slice(from, Math.min(to, from + LONGEST_TEXT)));
  return quoted ? text.replaceAll('""', '"').trim() : text;
}

/** The number in the cell; NaN where there is none. */
export function numberOf(cell: Cell, bytes: Uint8Array): number {
  const { from, to } = cell;
  const length = to - from;
  // Pixels are digits, and most cells are pixels.
  if (length > 0 && length < 10) {
    const negative = bytes[from] === MINUS;
    let value = 0;
    let at = negative ? from + 1 : from;
    for (; at < to; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === to && (!negative || length > 1)) return negative ? -value : value;
  }
  if (length > 64) return Number.NaN;
  const text = textOf(cell, bytes);
  return text !== '' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
