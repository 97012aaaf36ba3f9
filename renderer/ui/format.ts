/** Numbers as DESIGN.md §8 writes them: three significant digits, no-break space before the unit, a true minus. */
const NBSP = '\u00a0';
const MINUS = '\u2212';
export const MISSING = '–';
export const ABOUT = `≈${NBSP}`;

type Shape = Readonly<{ minimum: number; maximum: number }>;
const formats = new Map<string, Intl.NumberFormat>();

function digits(value: number, { minimum, maximum }: Shape, grouping = true): string {
  const key = `${minimum}/${maximum}/${grouping}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(undefined, { minimumFractionDigits: minimum, maximumFractionDigits: maximum, useGrouping: grouping });
    formats.set(key, format);
  }
  return format.format(value).replace('-', MINUS);
}

export function fixed(value: number, decimals: number): string {
  const text = digits(value, { minimum: decimals, maximum: decimals });
  return text === `${MINUS}${digits(0, { minimum: decimals, maximum: decimals })}` ? text.slice(1) : text;
}

/** Decimals that leave three significant digits. */
function decimalsFor(value: number): number {
  const size = Math.abs(value);
  return size === 0 ? 0 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size))));
}

/** Three significant digits; whole numbers from 1,000 up. */
export function significant(value: number): string {
  return fixed(value, decimalsFor(value));
}

export function count(value: number): string {
  return digits(value, { minimum: 0, maximum: 0 });
}

/** +1.2, −1.2, ±0.0. */
export function signed(value: number, decimals: number): string {
  const text = fixed(Math.abs(value), decimals);
  if (text === fixed(0, decimals)) return `±${text}`;
  return (value < 0 ? MINUS : '+') + text;
}

/** A number and its unit apart, for the large value of a meter. KB = 1,000 bytes. */
export function sizeParts(bytes: number): readonly [value: string, unit: string] {
  if (bytes < 1000) return [count(bytes), 'B'];
  const [scaled, unit] = bytes < 999_950 ? [bytes / 1e3, 'KB'] : bytes < 999_950_000 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return [fixed(scaled, 1), unit];
}

export function fileSize(bytes: number): string {
  return sizeParts(bytes).join(NBSP);
}

export function exactBytes(bytes: number): string {
  return `${count(bytes)}${NBSP}B`;
}

/** KB of one layer, without the unit: two decimals below 10. */
export function layerKilobytes(bytes: number): string {
  const kilobytes = bytes / 1000;
  return fixed(kilobytes, kilobytes < 10 ? 2 : kilobytes < 100 ? 1 : 0);
}

/** Difference of sizes in KB, without the unit. */
export function signedKilobytes(bytes: number): string {
  const kilobytes = bytes / 1000;
  const size = Math.abs(kilobytes);
  return signed(kilobytes, size < 10 ? 2 : size < 100 ? 1 : 0);
}

export function timeParts(milliseconds: number): readonly [value: string, unit: string] {
  if (milliseconds >= 1000) return [significant(milliseconds / 1000), 's'];
  if (milliseconds < 0.1 && milliseconds > 0) return [significant(milliseconds * 1000), 'µs'];
  return [significant(milliseconds), 'ms'];
}

export function time(milliseconds: number): string {
  return timeParts(milliseconds).join(NBSP);
}

/** Two figures and a word: 12.9× smaller. */
export function ratio(value: number): string {
  return `${fixed(value, value < 100 ? 1 : 0)}×`;
}

export function percent(share: number, decimals = 1): string {
  return `${fixed(share * 100, decimals)}${NBSP}%`;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Half the interval where it is symmetric to 0.15 points, otherwise both ends: "±2.2" or "[96.8, 98.6]". */
export function intervalText(share: number, { low, high }: Interval): string {
  const [below, above] = [(share - low) * 100, (high - share) * 100];
  if (Math.abs(below - above) < 0.3) return `±${fixed((below + above) / 2, 1)}`;
  return `[${fixed(low * 100, 1)}, ${fixed(high * 100, 1)}]`;
}

/** 85.5 ±4.9 % */
export function accuracy(share: number, interval: Interval): string {
  return `${fixed(share * 100, 1)} ${intervalText(share, interval)}${NBSP}%`;
}

/** Difference of accuracies in points, with the half-width where known: −2.6 ±1.3 pt. */
export function points(difference: number, halfWidth: number | null = null): string {
  const tail = halfWidth === null ? '' : ` ±${fixed(halfWidth, 1)}`;
  return `${signed(difference, 1)}${tail}${NBSP}pt`;
}

export function arrow(difference: number): '▲' | '▼' | '' {
  return difference > 0 ? '▲' : difference < 0 ? '▼' : '';
}

/** 38 s; 4 min 57 s; 2 h 10 min. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}${NBSP}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}${NBSP}min ${whole % 60}${NBSP}s`;
  return `${Math.floor(whole / 3600)}${NBSP}h ${Math.floor((whole % 3600) / 60)}${NBSP}min`;
}

/** 448; 9,248; 2.36 M; 1.20 G */
export function large(value: number): string {
  if (value < 1e6) return count(value);
  return value < 1e9 ? `${significant(value / 1e6)}${NBSP}M` : `${significant(value / 1e9)}${NBSP}G`;
}

/** 32×32×3, batch left out. */
export function shapeText(shape: readonly number[]): string {
  return (shape.length > 1 ? shape.slice(1) : shape).join('×');
}
