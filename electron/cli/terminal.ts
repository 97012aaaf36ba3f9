/** What a command is given of the terminal it runs in. */
export interface Terminal {
  /** Results: standard output. */
  readonly print: (text: string) => void;
  /** Everything else: standard error. */
  readonly say: (text: string) => void;
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Progress {
  /** One line that is drawn over itself; nothing where standard error is not a terminal. `detail` stands in place of the time left. */
  readonly show: (label: string, done: number, total: number, detail?: string) => void;
  readonly clear: () => void;
}

export interface ErrorStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_CELLS = 24;
/** Redrawing costs the terminal more than the work that it reports. */
const REDRAW_MS = 100;

export function createProgress(stream: ErrorStream, nowMs: () => number = () => performance.now()): Progress {
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  let startedMs = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let label = '';
  const clear = (): void => {
    if (label !== '') stream.write('\r\u001b[2K');
    label = '';
  };
  return {
    show(next, done, total, detail) {
      const now = nowMs();
      if (next !== label) {
        startedMs = now;
        drawnMs = Number.NEGATIVE_INFINITY;
      }
      label = next;
      if (now - drawnMs < REDRAW_MS && done < total) return;
      drawnMs = now;
      stream.write(`\r\u001b[2K${progressLine(label, done, total, now - startedMs, detail).slice(0, (stream.columns ?? 80) - 1)}`);
    },
    clear,
  };
}

export function progressLine(label: string, done: number, total: number, elapsedMs: number, detail?: string): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
  if (detail !== undefined) return `${label} ${bar} ${done} of ${total}, ${detail}`;
  const left = share > 0 && elapsedMs > 1000 ? `, ${duration((elapsedMs / share) * (1 - share))} left` : '';
  return `${label} ${bar} ${done} of ${total}${left}`;
}

export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Columns of text; numbers stand right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const isNumber = header.map((_, column) => rows.length > 0 && rows.every((row) => /^[−+±]?[\d.,\s]*\d(\s?\S{1,4})?$|^[–-]?$/.test(row[column])));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
