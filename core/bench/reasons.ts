import type { Formats } from '../base/format.ts';
import { weightCount } from '../kernels/check-layer.ts';
import type { ChannelTile, LayerGeometry } from '../kernels/kernel.ts';
import { initialValues } from '../quant/fields.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';

/** What is known of a timed layer. Times are medians in milliseconds. */
export interface LayerSpeedFacts {
  readonly geometry: LayerGeometry;
  readonly scheme: SchemeId;
  /** With the conversions that exist for it. */
  readonly milliseconds: number;
  /** The same layer in the float32 network, in the same rounds. */
  readonly floatMilliseconds: number;
  readonly conversionMilliseconds: number;
  readonly kernelVariant: 'reference' | 'wasm';
  readonly tile: ChannelTile | null;
  /** Fewer bits than int8, computed by the kernel that int8 has. */
  readonly sharesInt8Kernel: boolean;
  readonly threads: number;
}

/** What is known of a timed network: where its time goes, in milliseconds. */
export interface NetworkSpeedFacts {
  /** float32 ÷ this, median of the rounds. */
  readonly ratio: number;
  readonly quantised: boolean;
  readonly floatLayers: number;
  readonly quantisedLayers: number;
  readonly conversions: number;
  readonly operators: number;
}

/** Why a layer or a network is as fast or slow as it is. Data: `reasonText` writes the sentence. */
export type Reason =
  | { readonly kind: 'slower'; readonly ratio: number }
  | { readonly kind: 'no-kernel' }
  | { readonly kind: 'shared-kernel' }
  | { readonly kind: 'padding'; readonly wasted: number; readonly channels: ChannelTile; readonly padded: ChannelTile; readonly depthwise: boolean }
  | { readonly kind: 'conversion'; readonly share: number }
  | { readonly kind: 'memory'; readonly weightBytes: number; readonly milliseconds: number }
  | { readonly kind: 'too-small'; readonly milliseconds: number }
  | { readonly kind: 'unexplained' }
  | { readonly kind: 'left'; readonly part: 'float32' | 'conversions' | 'operators'; readonly share: number; readonly limit: number };

/** A ratio that is below 1 at two decimals is called slower. */
const SLOWER_BELOW = 0.995;
/** Shares that are worth a word. */
const PADDING_SHARE = 0.2;
const CONVERSION_SHARE = 0.15;
const LEFT_SHARE = 0.3;
/** Weights beyond the first-level cache are read from further away at every inference. */
const CACHED_BYTES = 32 * 1024;
/** Waking a thread costs some microseconds: below this a layer has nothing to divide. */
const DIVISIBLE_MS = 0.05;

export function isSlower(ratio: number): boolean {
  return ratio < SLOWER_BELOW;
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

function paddingOf({ geometry, tile }: LayerSpeedFacts): Reason | null {
  if (!tile) return null;
  const depthwise = geometry.op === 'depthwise-conv2d';
  const channels = { inputChannels: depthwise ? 1 : geometry.inputChannels, outputChannels: geometry.outputChannels };
  const padded = {
    inputChannels: depthwise ? 1 : roundUp(channels.inputChannels, tile.inputChannels),
    outputChannels: roundUp(channels.outputChannels, tile.outputChannels),
  };
  const wasted = 1 - (channels.inputChannels * channels.outputChannels) / (padded.inputChannels * padded.outputChannels);
  return wasted < PADDING_SHARE ? null : { kind: 'padding', wasted, channels, padded, depthwise };
}

/** One output pixel uses each weight once: nothing is left to gain but fewer bytes. */
function memoryOf({ geometry, scheme, milliseconds }: LayerSpeedFacts): Reason | null {
  if (geometry.op === 'depthwise-conv2d' || geometry.outputHeight * geometry.outputWidth > 1) return null;
  const { weights, inputFormat, options } = SCHEMES[scheme];
  const bytes = weights === null ? 4 : inputFormat(initialValues(options)) === 'sign' ? 1 / 8 : 1;
  const weightBytes = weightCount(geometry) * bytes;
  return weightBytes < CACHED_BYTES || milliseconds <= 0 ? null : { kind: 'memory', weightBytes, milliseconds };
}

/** In the order in which they are said. Empty: the layer is as fast as its precision lets it be. */
export function layerReasons(facts: LayerSpeedFacts): readonly Reason[] {
  const { scheme, milliseconds, floatMilliseconds, conversionMilliseconds, kernelVariant, sharesInt8Kernel, threads } = facts;
  const isFloat = SCHEMES[scheme].weights === null;
  const ratio = milliseconds > 0 ? floatMilliseconds / milliseconds : 1;
  const slower = !isFloat && isSlower(ratio);
  const share = milliseconds > 0 ? conversionMilliseconds / milliseconds : 0;
  const causes: (Reason | null)[] = [
    kernelVariant === 'reference' ? { kind: 'no-kernel' } : null,
    paddingOf(facts),
    share >= CONVERSION_SHARE ? { kind: 'conversion', share } : null,
    memoryOf(facts),
    threads > 1 && milliseconds < DIVISIBLE_MS ? { kind: 'too-small', milliseconds } : null,
  ];
  const known = causes.filter((cause) => cause !== null);
  return [
    ...(slower ? [{ kind: 'slower', ratio } as const] : []),
    ...(sharesInt8Kernel ? [{ kind: 'shared-kernel' } as const] : []),
    ...known,
    ...(slower && known.length === 0 ? [{ kind: 'unexplained' } as const] : []),
  ];
}

/** Amdahl's law: what one part leaves of the time bounds what everything else can still gain. */
export function networkReasons({ ratio, quantised, floatLayers, quantisedLayers, conversions, operators }: NetworkSpeedFacts): readonly Reason[] {
  if (!quantised) return [];
  const whole = floatLayers + quantisedLayers + conversions + operators;
  const parts = [
    { part: 'float32', milliseconds: floatLayers },
    { part: 'conversions', milliseconds: conversions },
    { part: 'operators', milliseconds: operators },
  ] as const;
  const left = parts.map(({ part, milliseconds }) => ({ kind: 'left', part, share: milliseconds / whole, limit: whole / milliseconds }) as const);
  return [...(isSlower(ratio) ? [{ kind: 'slower', ratio } as const] : []), ...left.filter(({ share }) => share >= LEFT_SHARE).toSorted((a, b) => b.share - a.share)];
}

/** "slower than float32 (0.8×)" */
export function slowerText(ratio: number, formats: Formats): string {
  return `slower than float32 (${formats.decimal(ratio, ratio < 0.95 ? 1 : 2)}×)`;
}

const LEFT_WORDS = {
  float32: 'is left in float32 layers: fewer bits elsewhere gain',
  conversions: 'is spent between precisions: faster layers gain',
  operators: 'is in operators between the layers: faster layers gain',
} as const;

function paddingText({ wasted, channels, padded, depthwise }: Extract<Reason, { kind: 'padding' }>, formats: Formats): string {
  const rounded = (what: string, count: number, to: number): string | null => (count === to ? null : `${formats.count(count)} ${what} channels are computed as ${formats.count(to)}`);
  const sides = [
    depthwise ? null : rounded('input', channels.inputChannels, padded.inputChannels),
    rounded(depthwise ? '' : 'output', channels.outputChannels, padded.outputChannels),
  ];
  return `${formats.percent(wasted)} of its multiplications are padding: ${sides.filter((side) => side !== null).join(', ').replace('  ', ' ')}.`;
}

/** One sentence. */
export function reasonText(reason: Reason, formats: Formats): string {
  switch (reason.kind) {
    case 'slower': {
      const text = slowerText(reason.ratio, formats);
      return `${text[0].toUpperCase()}${text.slice(1)}.`;
    }
    case 'no-kernel':
      return 'There is no fast kernel for it here: it runs on the reference.';
    case 'shared-kernel':
      return `It runs on ${SCHEMES.int8.name}’s kernel: smaller than ${SCHEMES.int8.name}, not faster.`;
    case 'padding':
      return paddingText(reason, formats);
    case 'conversion':
      return `${formats.percent(reason.share)} of its time turns its input or output into another precision.`;
    case 'memory': {
      const { weightBytes, milliseconds } = reason;
      const { value, unit } = formats.size(weightBytes);
      return `Each weight is used once: reading ${value}\u00a0${unit} of them at ${formats.short(weightBytes / milliseconds / 1e6)}\u00a0GB/s takes the time.`;
    }
    case 'too-small': {
      const { value, unit } = formats.duration(reason.milliseconds);
      return `At ${value}\u00a0${unit} it is too short to divide among threads.`;
    }
    case 'unexplained':
      return 'Its kernel does not beat float32’s at this shape.';
    case 'left': {
      const { part, share, limit } = reason;
      return `${formats.percent(share)} of the time ${LEFT_WORDS[part]} at most ${formats.decimal(limit, 1)}× more.`;
    }
  }
}
