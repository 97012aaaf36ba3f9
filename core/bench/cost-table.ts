import type { LayerGeometry } from '../kernels/kernel.ts';
import { SCHEME_IDS } from '../schemes/index.ts';
import type { SchemeId } from '../schemes/scheme.ts';
import { interleave, spreadOf, type Clock, type Spread } from './interleave.ts';
import type { OperatorForm } from './operator-form.ts';
import { CONVERSION_KINDS, type ConversionKind, type LayerBench } from './layer-bench.ts';

/** Milliseconds of a layer, measured on this machine. */
export interface Cost extends Spread {
  readonly rounds: number;
  /** Names what was timed; schemes with the same work share one measurement. */
  readonly work: string;
}

export type LayerCosts = Readonly<Record<SchemeId, Cost>>;
/** Milliseconds for each value that is converted. */
export type ConversionCosts = Readonly<Record<ConversionKind, number>>;
/** Milliseconds by the key of an operator's form. */
export type OperatorCosts = Readonly<Record<string, number>>;

const ROUNDS = 9;
/** Six contenders at most, each several times a round: shorter turns than a whole network's. */
const TURN_MS = 1;
const CONVERTED_VALUES = 16_384;

function geometryKey(geometry: LayerGeometry): string {
  return JSON.stringify(Object.entries(geometry).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What each precision costs a layer here (METHODS §8), by geometry, scheme and engine. A geometry is measured once, all
 * precisions in interleaved rounds. Precisions that run on the same kernel are one contender, so that none of them looks
 * cheaper by noise. Layers run alone and warm, with 8-bit results (float32 for float32 layers) and default options.
 */
export class CostTable {
  private readonly bench: LayerBench;
  private readonly clock: Clock | undefined;
  private readonly layers = new Map<string, LayerCosts>();
  private readonly operators = new Map<string, number>();
  private conversions: ConversionCosts | null = null;

  constructor(bench: LayerBench, clock?: Clock) {
    this.bench = bench;
    this.clock = clock;
  }

  get engine(): string {
    return this.bench.engine;
  }

  /** Measures where the table has nothing yet. A cancelled measurement leaves no trace. */
  async layer(geometry: LayerGeometry, breathe: () => Promise<void>): Promise<LayerCosts> {
    const key = `${this.bench.engine}\n${geometryKey(geometry)}`;
    const known = this.layers.get(key);
    if (known) return known;
    const prepared = SCHEME_IDS.map((scheme) => ({ scheme, layer: this.bench.prepare(geometry, scheme) }));
    const contenders = [...new Map(prepared.map(({ layer }) => [layer.work, layer])).values()];
    const { milliseconds, rounds } = await this.rounds(contenders, breathe);
    const costs = new Map(contenders.map(({ work }, index): [string, Cost] => [work, { ...spreadOf(milliseconds[index]), rounds, work }]));
    const row = Object.fromEntries(prepared.map(({ scheme, layer }) => [scheme, costs.get(layer.work)])) as LayerCosts;
    this.layers.set(key, row);
    return row;
  }

  /** Conversions are streams: their time is proportional to how many values they move. */
  async conversion(breathe: () => Promise<void>): Promise<ConversionCosts> {
    if (this.conversions) return this.conversions;
    const contenders = CONVERSION_KINDS.map((kind) => this.bench.prepareConversion(kind, CONVERTED_VALUES));
    const { milliseconds } = await this.rounds(contenders, breathe);
    this.conversions = Object.fromEntries(CONVERSION_KINDS.map((kind, index) => [kind, spreadOf(milliseconds[index]).median / CONVERTED_VALUES])) as ConversionCosts;
    return this.conversions;
  }

  /** Milliseconds of an operator in each of its forms (float32, on an int8 grid), in the order given. */
  async operator(forms: readonly OperatorForm[], breathe: () => Promise<void>): Promise<readonly number[]> {
    const missing = forms.filter(({ key }) => !this.operators.has(key));
    if (missing.length > 0) {
      const { milliseconds } = await this.rounds(missing.map((form) => this.bench.prepareOperator(form)), breathe);
      missing.forEach(({ key }, index) => this.operators.set(key, spreadOf(milliseconds[index]).median));
    }
    return forms.map(({ key }) => this.operators.get(key) ?? 0);
  }

  private async rounds(contenders: Parameters<typeof interleave>[0], breathe: () => Promise<void>) {
    try {
      return await interleave(contenders, { rounds: ROUNDS, breathe, turnMs: TURN_MS, clock: this.clock });
    } finally {
      this.bench.release();
    }
  }
}
