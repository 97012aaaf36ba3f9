import { MISSING } from '../../../core/base/format.ts';
import type { JournalEntry, RecentEntry } from '../../../core/host/contract.ts';
import { SCHEMES, SCHEME_IDS } from '../../../core/schemes/index.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { formats, sizeText } from '../../ui/format.ts';

export interface RecentView {
  readonly network: string;
  readonly schemes: readonly SchemeId[];
  readonly size: string;
  readonly smaller: string;
  readonly accuracy: string;
  readonly accuracyInFull: string;
}

const numberOf = (value: string | number | undefined): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** The facts that were noted when the file was last worked on; whatever is missing is a dash. */
export function recentView({ facts }: RecentEntry): RecentView {
  const parameters = numberOf(facts['parameters']);
  const [size, float] = [numberOf(facts['sizeBytes']), numberOf(facts['floatBytes'])];
  const [accuracy, low, high] = [numberOf(facts['accuracy']), numberOf(facts['low']), numberOf(facts['high'])];
  const text = accuracy === null || low === null || high === null ? null : formats.accuracy(accuracy, { low, high });
  const network = [facts['network'], parameters === null ? null : `${formats.count(parameters)} params`].filter((part) => typeof part === 'string' && part !== '');
  return {
    network: network.join(', ') || MISSING,
    schemes: schemesOfLetters(String(facts['fingerprint'] ?? '')),
    size: size === null ? MISSING : sizeText(size),
    smaller: size === null || float === null ? MISSING : `${formats.decimal(float / size, 1)}×`,
    // Both ends of an interval that is not symmetric have no room in the column.
    accuracy: text ? `${text.value} ${text.spread.startsWith('[') ? '%' : text.spread}` : MISSING,
    accuracyInFull: text ? `${text.value} ${text.spread}` : MISSING,
  };
}

/** "Its last step was “conv2 to INT4”: 24.1 KB, 97.9 %. Nothing is lost." */
export function recoverableText({ facts, file }: Pick<JournalEntry, 'facts' | 'file'>): string {
  const step = typeof facts['step'] === 'string' && facts['step'] !== '' ? `Its last step was “${facts['step']}”` : 'It was being worked on';
  const [size, accuracy] = [numberOf(facts['sizeBytes']), numberOf(facts['accuracy'])];
  const figures = [size === null ? null : sizeText(size), accuracy === null ? null : formats.percent(accuracy, 1)].filter((text) => text !== null);
  return `${step}${figures.length > 0 ? `: ${figures.join(', ')}` : ''}. ${file ? `${file.name} holds what was saved before.` : 'Nothing is lost.'}`;
}

export function schemesOfLetters(letters: string): readonly SchemeId[] {
  return [...letters].flatMap((letter) => SCHEME_IDS.find((id) => SCHEMES[id].letter === letter) ?? []);
}

const DAY_MS = 86_400_000;

/** "today, 14:02", "yesterday, 23:47", "12 Nov". */
export function openedText(openedAt: string, now: Date, locale: string): string {
  const opened = new Date(openedAt);
  if (Number.isNaN(opened.getTime())) return MISSING;
  const startOfDay = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((startOfDay(now) - startOfDay(opened)) / DAY_MS);
  if (days > 1) return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(opened);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false }).format(opened);
  return `${new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-days, 'day')}, ${time}`;
}
