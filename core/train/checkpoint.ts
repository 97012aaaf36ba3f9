import { StudioError } from '../base/errors.ts';
import type { NodeId, WeightId } from '../graph/graph.ts';
import type { ChoicesByLayer } from './layer-choices.ts';
import { decodeMessage, encodeMessage } from '../rpc/codec.ts';
import type { Plan } from '../schemes/scheme.ts';
import type { OptimiserState } from './optimiser.ts';
import type { Recipe } from './recipe.ts';
import type { RecordState } from './run-record.ts';
import type { PlacedStage } from './schedule.ts';

/** What a run cannot change while it is one run. */
export interface RunOrigin {
  /** Hash of the network that training started from. */
  readonly network: string;
  /** Null: the labels alone count. */
  readonly teacher: string | null;
  readonly calibration: string;
  readonly data: string;
  readonly preprocess: string;
  readonly seed: number;
}

/** Everything that a run needs to go on exactly where it was. Random numbers come from seed and step: they have no state. */
export interface Checkpoint {
  readonly origin: RunOrigin;
  /** As they were when it was made; a run may go on with others. */
  readonly recipe: Recipe;
  readonly plan: Plan;
  /** Files from before there were any have none. */
  readonly layers: ChoicesByLayer;
  /** Steps done. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly stages: readonly PlacedStage[];
  /** Batch norm statistics included. */
  readonly weights: ReadonlyMap<WeightId, Float32Array>;
  readonly optimiser: OptimiserState;
  /** Weight scales that stay as they are, by layer. */
  readonly scales: ReadonlyMap<NodeId, Float32Array>;
  /** Scales that drift is counted from, by layer. */
  readonly driftFrom: ReadonlyMap<NodeId, Float32Array>;
  readonly record: RecordState;
}

const FORMAT = 'bitwright-checkpoint';
const VERSION = 2;
const NEXT = 'Start the run from its beginning.';

export function writeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  return encodeMessage({ format: FORMAT, version: VERSION, checkpoint });
}

/** What a person chose for the run that it was made in. */
export function choicesOf(bytes: Uint8Array): Pick<Checkpoint, 'recipe' | 'plan' | 'layers'> & { readonly seed: number } {
  const { recipe, plan, layers, origin } = decode(bytes);
  return { recipe, plan, layers, seed: origin.seed };
}

/** The checkpoint of a run with this origin; a sentence says what else it is. */
export function readCheckpoint(bytes: Uint8Array, origin: RunOrigin): Checkpoint {
  const checkpoint = decode(bytes);
  const other = (Object.keys(ORIGIN_NAMES) as (keyof RunOrigin)[]).filter((part) => checkpoint.origin[part] !== origin[part]);
  if (other.length > 0) refuse(`it belongs to another run (its ${other.map((part) => ORIGIN_NAMES[part]).join(', ')} differ${other.length === 1 ? 's' : ''})`);
  return checkpoint;
}

function decode(bytes: Uint8Array): Checkpoint {
  let message: unknown;
  try {
    message = decodeMessage(bytes);
  } catch (error) {
    return refuse(`its ${bytes.length} bytes are damaged`, error);
  }
  const { format, version, checkpoint } = (message ?? {}) as { format?: unknown; version?: unknown; checkpoint?: Checkpoint };
  if (format !== FORMAT || !checkpoint) return refuse('it is something else');
  if (version !== VERSION) return refuse(`its version is ${String(version)} where ${VERSION} can be read`);
  return { ...checkpoint, layers: checkpoint.layers ?? {} };
}

const ORIGIN_NAMES = {
  network: 'network',
  teacher: 'teacher',
  calibration: 'calibration',
  data: 'data',
  preprocess: 'preprocessing',
  seed: 'seed',
} as const satisfies Record<keyof RunOrigin, string>;

export function refuse(reason: string, cause?: unknown): never {
  throw new StudioError(`The checkpoint cannot be used: ${reason}.`, { where: 'resume', next: NEXT, cause });
}
