import { createRandom } from '../base/random.ts';
import { weightCount } from '../kernels/check-layer.ts';
import { prepareLayer } from '../kernels/finish.ts';
import { signBytes, type Finish, type LayerGeometry, type LayerParameters, type SignPadding } from '../kernels/kernel.ts';
import { createEngine, type KernelEngine } from '../kernels/load.ts';
import { place, shareScratch } from '../kernels/memory.ts';
import { initialValues } from '../quant/fields.ts';
import { SCHEMES } from '../schemes/index.ts';
import type { InputFormat, SchemeId } from '../schemes/scheme.ts';
import { createRuntime } from '../runtime/run.ts';
import type { Contender } from './interleave.ts';
import { operatorProgram, type OperatorForm } from './operator-form.ts';

/** A layer on its own, ready to be timed. */
export interface BenchedLayer extends Contender {
  /** Layers of one geometry whose work has the same name do the same work. */
  readonly work: string;
}

/** What the cost table times. */
export interface LayerBench {
  /** Description of the engine, which is part of a cost's key. */
  readonly engine: string;
  prepare(geometry: LayerGeometry, scheme: SchemeId): BenchedLayer;
  /** One conversion of `values` numbers. */
  prepareConversion(kind: ConversionKind, values: number): Contender;
  prepareOperator(form: OperatorForm): Contender;
  /** Ends everything that was prepared; its memory is used again. */
  release(): void;
}

export const CONVERSION_KINDS = ['quantise', 'dequantise', 'sign-pack'] as const;
/** Step kinds between layers that only change how a value is stored. */
export type ConversionKind = (typeof CONVERSION_KINDS)[number];

const SEED = 7;

function inputFormat(scheme: SchemeId): InputFormat {
  return SCHEMES[scheme].inputFormat(initialValues(SCHEMES[scheme].options));
}

/** Seeded weights on the levels of the scheme: their values hardly change how long a layer takes. */
function parametersOf(geometry: LayerGeometry, scheme: SchemeId): LayerParameters {
  const { weights, largestCode, bitsPerWeight, options } = SCHEMES[scheme];
  const random = createRandom(SEED);
  const length = weightCount(geometry);
  if (!weights) {
    return { arithmetic: 'float32', kernel: Float32Array.from({ length }, () => random.uniform(-0.1, 0.1)), bias: new Float32Array(geometry.outputChannels) };
  }
  const code = bitsPerWeight === 1 ? () => (random.chance(0.5) ? 1 : -1) : () => random.integer(-largestCode, largestCode + 1);
  const codes = Int8Array.from({ length }, code);
  if (inputFormat(scheme) === 'sign') return { arithmetic: 'xnor', codes, padding: initialValues(options)['padding'] as SignPadding };
  return { arithmetic: 'integer', codes, zeroPoint: 3 };
}

function finishOf(scheme: SchemeId, channels: number): Finish {
  if (!SCHEMES[scheme].weights) return { kind: 'clip', low: 0, high: Number.POSITIVE_INFINITY };
  return { kind: 'requantise', multiplier: new Float32Array(channels).fill(0.01), offset: new Float32Array(channels), zeroPoint: 0, low: 0, high: 127 };
}

function inputBytes({ inputHeight, inputWidth, inputChannels }: LayerGeometry, format: InputFormat): Uint8Array {
  const pixels = inputHeight * inputWidth;
  const random = createRandom(SEED + 1);
  if (format === 'float32') return new Uint8Array(Float32Array.from({ length: pixels * inputChannels }, () => random.uniform()).buffer);
  return Uint8Array.from({ length: pixels * (format === 'sign' ? signBytes(inputChannels) : inputChannels) }, () => random.integer(0, 256));
}

function sequence(engine: KernelEngine, work: Parameters<KernelEngine['bind']>[0][]): Contender {
  const parts = work.map((part) => engine.bind(part));
  return {
    run: () => {
      for (let i = 0; i < parts.length; i++) parts[i]();
    },
  };
}

/** Layers on the kernels that ship, all in the memory of one engine. */
export function createLayerBench(): LayerBench {
  const engine = createEngine({ variant: 'wasm' });
  return {
    engine: engine.description,
    release: engine.reclaim,
    prepare(geometry, scheme) {
      // Kernels remember what they share by memory; a view of its own ends with the layer.
      const { memory } = shareScratch(engine.memory);
      const values = geometry.outputHeight * geometry.outputWidth * geometry.outputChannels;
      const input = place(engine.memory, inputBytes(geometry, inputFormat(scheme)));
      const output = engine.memory.allocate(values * 4);
      const job = { geometry, parameters: parametersOf(geometry, scheme), finish: finishOf(scheme, geometry.outputChannels), input, output };
      const { kernel, description, work } = prepareLayer(engine, job, memory);
      return { work: `${kernel.id}: ${description}`, ...sequence(engine, [...work]) };
    },
    prepareConversion(kind, values) {
      const channels = 64;
      const floats = place(engine.memory, new Float32Array(values).fill(0.5));
      const codes = place(engine.memory, new Int8Array(values).fill(5));
      const thresholds = place(engine.memory, new Int32Array(channels));
      const stages = {
        quantise: () => engine.stage('quantise', [floats, codes, values, 10, 0]),
        dequantise: () => engine.stage('dequantise', [codes, floats, values, 0.1, 0]),
        'sign-pack': () => engine.stage('signPackInt8', [codes, thresholds, floats, values / channels, channels]),
      } as const satisfies Record<ConversionKind, () => unknown>;
      return sequence(engine, [stages[kind]()]);
    },
    prepareOperator(form) {
      const runtime = createRuntime(operatorProgram(form), engine);
      return { run: () => runtime.execute(0) };
    },
  };
}
