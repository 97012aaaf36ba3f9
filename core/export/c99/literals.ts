/** Numbers as C constants that are read back to the same bits. */

/** A limit that is none: everything that is finite lies within. */
const LARGEST_FLOAT = '3.40282347e+38f';
const LINE = 100;

function withPoint(text: string): string {
  return /[.e]/.test(text) ? text : `${text}.0`;
}

export function floatLiteral(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? LARGEST_FLOAT : `-${LARGEST_FLOAT}`;
  if (Object.is(value, -0)) return '-0.0f';
  // Nine digits always suffice for float32 (IEEE 754); fewer are easier to read.
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === Math.fround(value)) return `${withPoint(text)}f`;
  }
  return `${withPoint(String(Number(value.toPrecision(9))))}f`;
}

/** Shortest decimal that is read back to the same float64. */
export function doubleLiteral(value: number): string {
  return withPoint(String(value));
}

export function int32Literal(value: number): string {
  return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value);
}

/** Lines of a list between braces. */
export function listLines(items: readonly string[]): string {
  const lines: string[] = [];
  let line = ' ';
  for (const item of items) {
    if (line.length + item.length + 2 > LINE) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${item},`;
  }
  lines.push(line);
  return lines.join('\n');
}
