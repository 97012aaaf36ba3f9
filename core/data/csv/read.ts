import { elementCount } from '../../graph/graph.ts';
import { StudioError } from '../../base/errors.ts';
import type { DataSet, NamedFile } from '../data-set.ts';
import { unpack } from '../gzip.ts';
import { dataSetOf, halfNamed, labelsFrom, labelsFromNames, sortedNames, type Half, type HalfName } from '../halves.ts';
import { allocateFloats, allocatePixels, baseName, dataSetName, type ReadOptions } from '../reader.ts';
import { labelColumn, tableFacts, type TableFacts } from './columns.ts';
import { numberOf, scanTable, tableBytes, textOf, type TableBytes } from './scan.ts';

interface Table {
  readonly half: HalfName;
  readonly table: TableBytes;
  readonly facts: TableFacts;
}


export function readCsvDataSet(files: readonly NamedFile[], { shape: wanted, label }: ReadOptions): DataSet {
  const name = dataSetName(files, 'table');
  const tables = files.map((file): Table => {
    const table = tableBytes(baseName(file.name), unpack(file));
    return { half: halfNamed(table.name) ?? 'train', table, facts: tableFacts(table) };
  });
  const [first] = tables;
  // One column for all tables, chosen by the first, since the columns of two halves mean the same.
  const { column, note } = labelColumn(first.facts, label, wanted && elementCount(wanted), first.table.name);
  const { features, left } = featuresOf(first.facts, column);
  const notes = [note, left].filter((text) => text !== null);
  const texts = column !== null && first.facts.columns[column].isText;
  const read = tables.map((each) => ({ ...each, ...readTable(each, first, column, features) }));
  const classes = texts ? sortedNames(read.flatMap(({ names }) => names)) : null;
  const bytes = tables.every(({ facts }) => features.every((i) => facts.columns[i].isWhole && facts.columns[i].low >= 0 && facts.columns[i].high <= 255));
  const shape = shapeOf(features.length, wanted, bytes);
  const halves: Partial<Record<HalfName, Half>> = {};
  for (const each of read) {
    if (halves[each.half]) {
      throw new StudioError(`${each.table.name} is a second table of ${each.half} samples.`, { where: each.table.name, next: 'Open one table, or one named train and one named test.' });
    }
    const labels = classes ? labelsFromNames(each.names, classes) : each.numbers && labelsFrom(each.numbers, (row) => `${each.table.name}, row ${row + 1}, column ${(column as number) + 1}`);
    halves[each.half] = { count: each.facts.rows, images: fill(each, features, bytes), labels, shape };
  }
  return dataSetOf({ name, format: 'csv', files, halves, classes, notes, divides: true, settings: String(column) });
}

/** Columns of numbers besides the class. Columns of texts, such as names, are no input of a network. */
function featuresOf({ columns }: TableFacts, label: number | null): { readonly features: readonly number[]; readonly left: string | null } {
  const rest = columns.map((_, i) => i).filter((i) => i !== label);
  const texts = rest.filter((i) => columns[i].isText);
  const left = texts.length > 0 ? `Left out, because they hold texts: column ${texts.map((i) => columns[i].name ?? i + 1).join(', ')}.` : null;
  return { features: rest.filter((i) => !columns[i].isText), left };
}

/** The labels of a table, after a check that its columns are those of the first. */
function readTable({ table, facts }: Table, first: Table, column: number | null, features: readonly number[]): { readonly numbers: Float64Array | null; readonly names: readonly string[] } {
  const { name, bytes } = table;
  if (facts.columns.length !== first.facts.columns.length || facts.columns.some(({ isText }, i) => isText !== first.facts.columns[i].isText)) {
    throw new StudioError(`${name} has other columns than ${first.table.name}.`, { where: `${name}, line 1`, next: 'Open tables with the same columns.' });
  }
  if (features.length === 0) throw new StudioError(`${name} has no column of numbers besides the class.`, { where: `${name}, line 1`, next: 'Open a table of numbers, or name another label column.' });
  if (column === null) return { numbers: null, names: [] };
  const skipped = facts.hasHeader ? 1 : 0;
  const isText = facts.columns[column].isText;
  const numbers = isText ? null : new Float64Array(facts.rows);
  const names: string[] = [];
  scanTable(table, (cell) => {
    if (cell.column !== column || cell.row < skipped) return;
    const value = numberOf(cell, bytes);
    if (numbers && !Number.isInteger(value)) throw measured(first.facts, column, value, `${name}, line ${cell.line}, column ${column + 1}`);
    if (numbers) numbers[cell.row - skipped] = value;
    else names.push(textOf(cell, bytes));
  });
  return { numbers, names };
}

function measured({ columns }: TableFacts, column: number, value: number, where: string): StudioError {
  return new StudioError(`The column ${columns[column].name ?? column + 1} holds ${value}, a measurement and not a class: accuracy counts right classes, so this table cannot be measured by it.`, {
    where,
    next: 'Name the column with the class.',
  });
}

function fill({ table, facts }: Table, features: readonly number[], asBytes: boolean): Uint8Array | Float32Array {
  const width = features.length;
  const target = asBytes ? allocatePixels(facts.rows * width) : allocateFloats(facts.rows * width);
  const place = new Int32Array(facts.columns.length).fill(-1);
  features.forEach((column, i) => (place[column] = i));
  const skipped = facts.hasHeader ? 1 : 0;
  scanTable(table, (cell) => {
    if (cell.row < skipped || place[cell.column] < 0) return;
    const value = numberOf(cell, table.bytes);
    if (!Number.isFinite(Math.fround(value))) {
      throw new StudioError(`${table.name} holds ${value}, which no float32 can hold.`, { where: `${table.name}, line ${cell.line}, column ${cell.column + 1}`, next: 'Scale the column.' });
    }
    target[(cell.row - skipped) * width + place[cell.column]] = value;
  });
  return target;
}

const SMALLEST_PICTURE = 8;

/** Rows of bytes are grey pictures where the network takes such, or where no network is known and they are a square. */
function shapeOf(features: number, wanted: readonly number[] | null, bytes: boolean): readonly number[] {
  if (wanted) return wanted.length === 3 && wanted[2] === 1 && elementCount(wanted) === features ? wanted : [features];
  const side = Math.sqrt(features);
  return bytes && Number.isInteger(side) && side >= SMALLEST_PICTURE ? [side, side, 1] : [features];
}
