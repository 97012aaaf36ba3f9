import { StudioError } from '../../base/errors.ts';
import { wordsOf } from '../halves.ts';
import { numberOf, scanTable, textOf, type TableBytes } from './scan.ts';

/** What stands in one column below the header. */
export interface Column {
  /** Of the header; null where there is none. */
  readonly name: string | null;
  /** Its first cell is no number, so the column is one of texts. */
  readonly isText: boolean;
  /** Every cell is a whole number. */
  readonly isWhole: boolean;
  readonly low: number;
  readonly high: number;
  /** Different values, counted up to MOST_VALUES; 0 where they are not counted: in the middle of a wide table. */
  readonly values: number;
}

export interface TableFacts {
  readonly hasHeader: boolean;
  readonly rows: number;
  readonly columns: readonly Column[];
}

const MOST_COLUMNS = 1_000_000;
const MOST_VALUES = 1001;
/** Columns of texts whose values are counted. */
const MOST_TEXT_COLUMNS = 100;

/** The first line where it names the columns: a text over a number, or texts alone with a word for the class among them. */
function headerOf(table: TableBytes): { readonly header: readonly string[] | null; readonly width: number } {
  const rows: { text: string; isNumber: boolean }[][] = [[], []];
  scanTable(table, (cell) => {
    if (cell.row > 1) return false;
    if (cell.column >= MOST_COLUMNS) throw tooWide(table);
    rows[cell.row].push({ text: textOf(cell, table.bytes), isNumber: !Number.isNaN(numberOf(cell, table.bytes)) });
    return true;
  });
  const [first, second] = rows;
  const hasHeader = first.some(({ isNumber }, i) => !isNumber && second[i]?.isNumber) || (first.length > 0 && first.every(({ isNumber }) => !isNumber) && first.some(({ text }) => LABEL_WORDS.test(text.trim())));
  return { header: hasHeader ? first.map(({ text }) => text) : null, width: first.length };
}

const tooWide = ({ name }: TableBytes): StudioError =>
  new StudioError(`A line of ${name} has more than ${MOST_COLUMNS} columns.`, { where: `${name}, line 1`, next: 'Open a table with one sample a line.' });

/** One pass over the table: how many rows there are, and what each column holds. */
export function tableFacts(table: TableBytes): TableFacts {
  const { name, bytes } = table;
  const { header, width } = headerOf(table);
  const skipped = header ? 1 : 0;
  const columns: { isText: boolean; isWhole: boolean; low: number; high: number; seen: Set<number | string> | null }[] = [];
  let textColumns = 0;
  let rows = 0;
  let before = { row: -1, column: -1, line: 0 };
  const checkWidth = (): void => {
    if (before.row < skipped || before.column + 1 === width) return;
    throw new StudioError(`Line ${before.line} of ${name} has ${before.column + 1} columns where the lines before have ${width}.`, {
      where: `${name}, line ${before.line}`,
      next: 'Correct the line, or remove it.',
    });
  };
  scanTable(table, (cell) => {
    if (cell.row !== before.row) checkWidth();
    before = { row: cell.row, column: cell.column, line: cell.line };
    if (cell.row < skipped) return;
    if (cell.column >= MOST_COLUMNS) throw tooWide(table);
    rows = cell.row - skipped + 1;
    const value = numberOf(cell, bytes);
    let column = columns[cell.column];
    if (!column) {
      const isText = Number.isNaN(value);
      if (isText) textColumns++;
      // Only these can be taken as the class.
      const counts = cell.column === 0 || cell.column === width - 1 || (isText && textColumns <= MOST_TEXT_COLUMNS);
      column = columns[cell.column] = { isText, isWhole: true, low: Infinity, high: -Infinity, seen: counts ? new Set() : null };
    }
    if (!column.isText && Number.isNaN(value)) {
      const text = textOf(cell, bytes);
      throw new StudioError(`Line ${cell.line} of ${name} has ${text === '' ? 'nothing' : `"${text.slice(0, 40)}"`} in the column ${columnName(header, cell.column)}, where a number is expected.`, {
        where: `${name}, line ${cell.line}, column ${cell.column + 1}`,
        next: 'Fill in the number, or remove the line.',
      });
    }
    if (!Number.isInteger(value)) column.isWhole = false;
    if (value < column.low) column.low = value;
    if (value > column.high) column.high = value;
    if (column.seen && column.seen.size < MOST_VALUES) column.seen.add(column.isText ? textOf(cell, bytes) : value);
  });
  checkWidth();
  if (rows === 0) throw new StudioError(`${name} has no lines with samples.`, { where: `${name}, line 1`, next: 'Open a table with one sample a line.' });
  return { hasHeader: header !== null, rows, columns: columns.map(({ seen, ...rest }, i) => ({ name: header?.[i] ?? null, values: seen?.size ?? 0, ...rest })) };
}

const columnName = (header: readonly string[] | null, column: number): string => (header?.[column] ? `"${header[column]}"` : String(column + 1));

const LABEL_WORDS = /^(label|labels|class|target|y|species|category|digit|outcome|diagnosis|variety)$/i;

export interface LabelColumn {
  /** From 0; null where the table has no labels. */
  readonly column: number | null;
  /** Why this one, where it was not named. */
  readonly note: string | null;
}

/**
 * The column that holds the class: the one asked for, by name or number from 1; the one that is named so; the only one of texts; else
 * the first or the last, where it holds whole numbers as classes are. `features` is how many numbers the network takes, where that is known.
 */
export function labelColumn({ columns }: TableFacts, asked: string | null, features: number | null, file: string): LabelColumn {
  const say = (i: number): string => (columns[i].name ? `"${columns[i].name}"` : `${i + 1}`);
  if (asked !== null) {
    const named = columns.findIndex(({ name }) => name === asked);
    const column = named >= 0 ? named : /^\d+$/.test(asked) ? Number(asked) - 1 : -1;
    if (!columns[column]) {
      const names = columns.flatMap(({ name }) => (name === null ? [] : [name]));
      const known = names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
      throw new StudioError(`${file} has no column "${asked}".`, { where: `${file}, line 1`, next: `Name one of its ${columns.length} columns by its number${known ? ` or its name: ${known}` : ''}.` });
    }
    return { column, note: null };
  }
  const named = columns.findIndex(({ name }) => name !== null && (LABEL_WORDS.test(name.trim()) || LABEL_WORDS.test(wordsOf(name).at(-1) ?? '')));
  if (named >= 0) return { column: named, note: null };
  if (features !== null && columns.length === features && columns.every(({ isText }) => !isText)) return { column: null, note: null };
  const texts = columns.flatMap(({ isText, values }, i) => (isText && values > 0 && values < MOST_VALUES ? [i] : []));
  if (texts.length === 1) return { column: texts[0], note: `The column ${say(texts[0])} is taken as the class.` };
  const ends = [columns.length - 1, 0].filter((i) => columns.length > 1 && columns[i].isWhole && columns[i].low >= 0 && columns[i].values > 1 && columns[i].values < MOST_VALUES);
  const dense = ends.find((i) => columns[i].low <= 1 && columns[i].high + 1 - columns[i].low === columns[i].values);
  const column = dense ?? ends[0] ?? null;
  return { column, note: column === null ? 'No column looks like a class.' : `The column ${say(column)} is taken as the class.` };
}
