/**
 * Every number a person reads is written here, so that one rule holds on all screens and in the terminal.
 * Pure: the locale is an argument. A unit is joined by a no-break space; a minus is U+2212.
 */
const NO_BREAK = '\u00a0';
const MINUS = '\u2212';
export const MISSING = '\u2013';

export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

export interface AccuracyText {
  /** Percent with one decimal, without the sign. */
  readonly value: string;
  /** "±4.9 %", or both ends "[96.8, 98.6] %" where the interval is not symmetric. */
  readonly spread: string;
}

export interface ChangeText {
  /** ▲, ▼ or nothing: the direction of the number. */
  readonly arrow: '▲' | '▼' | '';
  readonly text: string;
  readonly meaning: 'better' | 'worse' | 'none';
}

export interface RatioWords {
  /** When the ratio is above 1: "smaller", "faster". */
  readonly above: string;
  /** When it is below 1; the ratio is turned round. */
  readonly below: string;
  /** When it rounds to 1.0. */
  readonly equal: string;
}

export interface Formats {
  readonly locale: string;
  /** 77,706 */
  readonly count: (value: number) => string;
  /** A number with exactly so many decimals. */
  readonly decimal: (value: number, decimals: number) => string;
  /** Three significant figures, no trailing zeros: charts and axes. */
  readonly short: (value: number) => string;
  /** Meters and lists: bytes below 1,000, KB of 1,000 bytes with one decimal, MB with three figures. */
  readonly size: (bytes: number) => Quantity;
  /** Size of one layer: KB with two decimals below 10. */
  readonly layerSize: (bytes: number) => Quantity;
  /** 24,088 B */
  readonly exactSize: (bytes: number) => Quantity;
  /** Memory of a device, as data sheets say: powers of 1,024. */
  readonly deviceMemory: (bytes: number) => Quantity;
  /** ms, µs below 0.1 ms, s from ten seconds up. */
  readonly duration: (milliseconds: number) => Quantity;
  /** Share 0–1 as percent. */
  readonly percent: (share: number, decimals?: number) => string;
  readonly accuracy: (share: number, interval: { readonly low: number; readonly high: number } | null) => AccuracyText;
  /** Change of a share in points with the half width of its interval; within the interval it is "no gain". */
  readonly points: (change: number, halfWidth: number | null) => ChangeText;
  /** −1.15, +0.6, ±0.0 */
  readonly signed: (value: number, decimals: number) => string;
  /** 12.9× smaller */
  readonly ratio: (value: number, words: RatioWords) => string;
  /** 8.1e-4 */
  readonly scientific: (value: number) => string;
  /** 41.0, or ∞ where nothing was lost. */
  readonly decibels: (value: number) => string;
  /** 38 s; 4 min 57 s; 2 h 10 min; "about" until 5 % is done. */
  readonly timeLeft: (seconds: number, shareDone: number) => string;
}

/** "24.1 KB" with a space that does not break. */
export function join(quantity: Quantity): string {
  return quantity.unit === '' ? quantity.value : `${quantity.value}${NO_BREAK}${quantity.unit}`;
}

/** "≈ 1.24 ms": in front of every estimate. */
export function about(text: string): string {
  return `≈${NO_BREAK}${text}`;
}

/** An interval counts as symmetric when its two arms differ by less than a third of its half width. */
const ASYMMETRY_LIMIT = 1 / 3;

/** Numbers of one format whose text is remembered. */
const TEXTS_KEPT = 2_000;

function createFormats(locale: string): Formats {
  const cache = new Map<string, { readonly format: Intl.NumberFormat; readonly texts: Map<number, string> }>();
  const write = (value: number, options: Intl.NumberFormatOptions): string => {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? MISSING : value > 0 ? '∞' : `${MINUS}∞`;
    const key = JSON.stringify(options);
    let entry = cache.get(key);
    if (!entry) cache.set(key, (entry = { format: new Intl.NumberFormat(locale, options), texts: new Map() }));
    let text = entry.texts.get(value);
    if (text === undefined) {
      // The layers of a network share few values, and each is written at every edit.
      if (entry.texts.size >= TEXTS_KEPT) entry.texts.clear();
      entry.texts.set(value, (text = parts(entry.format, value)));
    }
    return text;
  };
  const parts = (format: Intl.NumberFormat, value: number): string =>
    format
      .formatToParts(value)
      .map((part) => {
        if (part.type === 'minusSign') return MINUS;
        if (part.type === 'exponentSeparator') return 'e';
        return part.type === 'exponentMinusSign' ? '-' : part.value;
      })
      .join('');
  const decimal = (value: number, decimals: number) =>
    write(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: 'negative' });
  const count = (value: number) => write(value, { maximumFractionDigits: 0, signDisplay: 'negative' });
  const short = (value: number) => write(value, { maximumSignificantDigits: 3, signDisplay: 'negative' });
  /** Three figures, but never more than two decimals: 1.24, 12.4, 124. */
  const figures = (value: number) => decimal(value, Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0);
  const exactSize = (bytes: number): Quantity => ({ value: count(bytes), unit: 'B' });
  const signed = (value: number, decimals: number) => {
    const text = decimal(Math.abs(value), decimals);
    const zero = decimal(0, decimals);
    if (text === zero) return `±${zero}`;
    return `${value < 0 ? MINUS : '+'}${text}`;
  };
  const unit = (value: string, name: string): Quantity => ({ value, unit: name });

  const size = (bytes: number): Quantity => {
    if (bytes < 1000) return exactSize(bytes);
    return bytes < 999_950 ? unit(decimal(bytes / 1000, 1), 'KB') : unit(figures(bytes / 1e6), 'MB');
  };
  const layerSize = (bytes: number): Quantity => (bytes < 999_500 ? unit(figures(bytes / 1000), 'KB') : unit(figures(bytes / 1e6), 'MB'));
  const deviceMemory = (bytes: number): Quantity => {
    if (bytes < 1024) return exactSize(bytes);
    if (bytes < 1023.5 * 1024) return unit(short(bytes / 1024), 'KiB');
    return bytes < 1023.5 * 1024 ** 2 ? unit(short(bytes / 1024 ** 2), 'MiB') : unit(short(bytes / 1024 ** 3), 'GiB');
  };
  const duration = (milliseconds: number): Quantity => {
    if (milliseconds < 0.1) return unit(short(milliseconds * 1000), 'µs');
    return milliseconds < 10_000 ? unit(figures(milliseconds), 'ms') : unit(figures(milliseconds / 1000), 's');
  };

  const accuracy: Formats['accuracy'] = (share, interval) => {
    const value = decimal(share * 100, 1);
    if (!interval) return { value, spread: `${NO_BREAK}%` };
    const half = (interval.high - interval.low) / 2;
    const skew = Math.abs(interval.high - share - (share - interval.low));
    const ends = `[${decimal(interval.low * 100, 1)},${NO_BREAK}${decimal(interval.high * 100, 1)}]`;
    return { value, spread: skew > ASYMMETRY_LIMIT * half ? `${ends}${NO_BREAK}%` : `±${decimal(half * 100, 1)}${NO_BREAK}%` };
  };

  const points: Formats['points'] = (change, halfWidth) => {
    const number = signed(change * 100, 1);
    if (halfWidth === null) return { arrow: change > 0 ? '▲' : change < 0 ? '▼' : '', text: `${number}${NO_BREAK}pt`, meaning: change > 0 ? 'better' : change < 0 ? 'worse' : 'none' };
    const text = `${number} ±${decimal(halfWidth * 100, 1)}${NO_BREAK}pt`;
    if (change === 0) return { arrow: '', text: `${text}, no change`, meaning: 'none' };
    if (Math.abs(change) <= halfWidth) return { arrow: '', text: `${text}, ${change < 0 ? 'no loss' : 'no gain'}`, meaning: 'none' };
    return change > 0 ? { arrow: '▲', text, meaning: 'better' } : { arrow: '▼', text, meaning: 'worse' };
  };

  const ratio: Formats['ratio'] = (value, words) => {
    const times = value >= 1 ? value : 1 / value;
    const text = decimal(times, times < 99.95 ? 1 : 0);
    if (text === decimal(1, 1)) return words.equal;
    return `${text}× ${value >= 1 ? words.above : words.below}`;
  };

  const timeLeft: Formats['timeLeft'] = (seconds, shareDone) => {
    const whole = Math.max(0, Math.round(seconds));
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor((whole % 3600) / 60);
    const part = (value: number, name: string) => `${count(value)}${NO_BREAK}${name}`;
    const text =
      hours > 0 ? `${part(hours, 'h')} ${part(minutes, 'min')}` : minutes > 0 ? `${part(minutes, 'min')} ${part(whole % 60, 's')}` : part(whole, 's');
    return shareDone < 0.05 ? `about ${text}` : text;
  };

  return {
    locale,
    count,
    decimal,
    short,
    size,
    layerSize,
    exactSize,
    deviceMemory,
    duration,
    percent: (share, decimals = 0) => `${decimal(share * 100, decimals)}${NO_BREAK}%`,
    accuracy,
    points,
    signed,
    ratio,
    scientific: (value) => write(value, { notation: 'scientific', maximumFractionDigits: 1, signDisplay: 'negative' }),
    decibels: (value) => decimal(value, 1),
    timeLeft,
  };
}

const known = new Map<string, Formats>();

/** The formats of a locale; Intl objects are costly, so each locale is made once. */
export function formatsFor(locale: string): Formats {
  let formats = known.get(locale);
  if (!formats) known.set(locale, (formats = createFormats(locale)));
  return formats;
}
