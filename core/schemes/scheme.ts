import type { LayerOp, Shape } from '../graph/graph.ts';
import type { Codes, WeightFormula } from '../quant/formula.ts';
import type { FieldTable, OptionValues } from '../quant/fields.ts';

export type SchemeId = 'float32' | 'int8' | 'int4' | 'ternary' | 'binary' | 'xnor';

/** How the activations that enter a layer are stored: f32, int8 affine per tensor, or one sign bit. */
export type InputFormat = 'float32' | 'int8' | 'sign';

/** What a scheme is told about a layer before it is chosen. */
export interface LayerFacts {
  readonly op: LayerOp;
  readonly kernelShape: Shape;
  readonly outputChannels: number;
  /** Taps of one output value: kh·kw·cin (dense: cin; depthwise: kh·kw). */
  readonly fanIn: number;
  /** The layer reads the network's input directly. */
  readonly isFirst: boolean;
}

/**
 * One rung of the ladder. A row is everything the studio needs to know about a precision: nothing else in the code
 * base asks which scheme it is.
 */
export interface Scheme {
  readonly id: SchemeId;
  readonly name: string;
  /** The letter shown in chips and the key that chooses it. */
  readonly letter: string;
  readonly key: string;
  readonly bitsPerWeight: number;
  readonly description: string;
  readonly paper: string;
  readonly options: FieldTable;
  /** Largest |code|; 0 for float weights. */
  readonly largestCode: number;
  inputFormat(options: OptionValues): InputFormat;
  /** null where the layer can take the scheme, otherwise the reason as a sentence. */
  refusal(layer: LayerFacts): string | null;
  /** Null for float weights. */
  readonly weights: WeightFormula | null;
  /** Bytes of the packed codes alone (no scales), rounded up to whole bytes. */
  packedBytes(layer: LayerFacts): number;
  pack(codes: Int8Array, layer: LayerFacts): Uint8Array;
  unpack(bytes: Uint8Array, layer: LayerFacts): Int8Array;
  /** Largest allowed difference between the fake-quantised graph and the deployed layer, in output grid steps. */
  readonly tolerance: {
    readonly gridSteps: number;
    /** Signal to noise in dB that unit Gaussian weights must show: lowest and highest accepted (METHODS §2, §3). */
    readonly gaussianSqnr: readonly [number, number];
  };
}

export type LayerChoice = { readonly scheme: SchemeId; readonly options?: OptionValues };
/** Layer id → choice. A layer that is not listed is float32. */
export type Plan = Readonly<Record<string, LayerChoice>>;

export type { Codes, WeightFormula };
