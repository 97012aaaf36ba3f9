import type { OpId, Shape } from '../graph/graph.ts';
import type { LayerGeometry } from '../kernels/kernel.ts';
import type { OptionValues } from '../quant/fields.ts';
import type { LayerFacts, SchemeId } from '../schemes/scheme.ts';

/**
 * The deployed network. `LoweredNetwork` is its structure: it depends on graph and plan alone, so that the size of a
 * variant is known before any weight is quantised. `Program` adds the numbers. The packed file is exactly this.
 */
export type BufferFormat = 'float32' | 'int8' | 'sign';

/** The numbers of a buffer, by its format. */
export type Stored = Float32Array | Int8Array | Uint8Array;

/** One stored tensor. Signs are packed, see kernels/kernel.ts. */
export interface ProgramBuffer {
  readonly id: string;
  readonly shape: Shape;
  readonly format: BufferFormat;
}

/** A typed array of fixed length that a step carries. Codes are packed by their scheme in the file, int8 in memory. */
export type ParameterSlot =
  | { readonly name: string; readonly type: 'float32' | 'int32'; readonly count: number }
  | { readonly name: string; readonly type: 'codes'; readonly count: number; readonly scheme: SchemeId; readonly facts: LayerFacts };

interface StepBase {
  /** Graph node whose result this is; for a fused group the layer. */
  readonly node: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly parameters: readonly ParameterSlot[];
}

/**
 * A layer with what is fused behind it. Slots:
 * float32 — kernel, bias, limits [low, high]; output float32.
 * codes → float32 — input grid [zeroPoint], codes, multiplier, offset, limits [low, high].
 * codes → int8 — input grid [zeroPoint], codes, multiplier, offset, output grid [zeroPoint, low, high].
 * codes → sign — input grid [zeroPoint], codes, thresholds (int32).
 * Codes with two levels a channel are −1, 0 or 1 and stand for −n, 0 or p; levels (int32) has p + 256·n of each channel.
 */
export interface LayerStep extends StepBase {
  readonly kind: 'layer';
  readonly scheme: SchemeId;
  readonly options: OptionValues;
  readonly geometry: LayerGeometry;
}

/** Slots: grid [scale, zeroPoint]. */
export interface QuantiseStep extends StepBase {
  readonly kind: 'quantise' | 'dequantise';
}

/** Slots: thresholds, float32 for a float input, int32 for an int8 input; their count divides the channels. */
export interface SignPackStep extends StepBase {
  readonly kind: 'sign-pack';
}

/**
 * Any operator that is not a layer. Float32 slots by operator (batch-norm: multiplier, offset); int8 slots: one
 * grid [scale, zeroPoint] per input, then the output's; limits [low, high] of a fused activation on `add`.
 */
export interface OpStep extends StepBase {
  readonly kind: 'op';
  readonly op: OpId;
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

export type Step = LayerStep | QuantiseStep | SignPackStep | OpStep;

export interface LoweredNetwork {
  readonly name: string;
  readonly buffers: readonly ProgramBuffer[];
  readonly steps: readonly Step[];
  /** Buffer indices. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export type StepParameters = Readonly<Record<string, Float32Array | Int32Array | Int8Array>>;

export interface Program {
  readonly network: LoweredNetwork;
  /** One record per step. */
  readonly parameters: readonly StepParameters[];
}

export function isFloatLayer(step: LayerStep): boolean {
  return step.parameters.some((slot) => slot.name === 'kernel');
}
