import type { LayerInsight } from '../../../../core/jobs/contract.ts';
import { formats } from '../../../ui/format.ts';

export interface StripBar {
  /** Channels from `first` to before `end` stand in one bar: as many as are needed for it to be seen. */
  readonly first: number;
  readonly end: number;
  /** The worst of them, whose value is drawn. */
  readonly channel: number;
  /** 0 to 1. */
  readonly height: number;
}

export interface StripView {
  readonly bars: readonly StripBar[];
  /** The channel with the least signal to noise, or with the largest weight. */
  readonly worst: number;
  readonly count: number;
  /** "Channel 11: 2.8 dB, the worst; output 4.1 dB" */
  readonly text: (channel: number) => string;
  readonly title: string;
  /** "32 channels, the worst: 2 with 3.6 dB" */
  readonly label: string;
}

/** Output channels side by side, in at most so many bars. */
export function stripView({ measure, values }: LayerInsight['channels'], mostBars: number, outputs?: Float32Array): StripView {
  const isWorse = (a: number, b: number): boolean => (measure === 'sqnr' ? values[a] < values[b] : values[a] > values[b]);
  const worstOf = (first: number, end: number): number => {
    let worst = first;
    for (let channel = first + 1; channel < end; channel++) if (isWorse(channel, worst)) worst = channel;
    return worst;
  };
  const count = values.length;
  const each = Math.max(1, Math.ceil(count / mostBars));
  const largest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, value) : most), 1e-12);
  const bars = Array.from({ length: Math.ceil(count / each) }, (_, index): StripBar => {
    const [first, end] = [index * each, Math.min(count, (index + 1) * each)];
    const channel = worstOf(first, end);
    return { first, end, channel, height: Math.min(1, Math.max(0, values[channel] / largest)) };
  });
  const worst = worstOf(0, count);
  const unit = measure === 'sqnr' ? '\u00a0dB' : '';
  const value = (channel: number): string => (measure === 'sqnr' ? formats.decibels(values[channel]) : formats.short(values[channel])) + unit;
  const superlative = measure === 'sqnr' ? 'the worst' : 'the widest';
  const result = (channel: number): string => (outputs ? `; output ${formats.decibels(outputs[channel])}\u00a0dB` : '');
  const text = (channel: number): string => `Channel ${formats.count(channel)}: ${value(channel)}${channel === worst ? `, ${superlative}` : ''}${result(channel)}`;
  const title = measure === 'sqnr' ? 'Signal to noise by output channel' : 'Largest weight by output channel';
  return { bars, worst, count, text, title, label: `${formats.count(count)} channels, ${superlative}: ${formats.count(worst)} with ${value(worst)}` };
}

/** The channel that a key leads to from the present one; undefined where the key is not for the strip, null for all. */
export function channelForKey(key: string, present: number | null, view: Pick<StripView, 'worst' | 'count'>): number | null | undefined {
  const last = view.count - 1;
  if (key === 'Escape') return present === null ? undefined : null;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key === 'Enter') return view.worst;
  const step = key === 'ArrowRight' || key === 'ArrowUp' ? 1 : key === 'ArrowLeft' || key === 'ArrowDown' ? -1 : 0;
  if (step === 0) return undefined;
  return present === null ? view.worst : Math.min(last, Math.max(0, present + step));
}
