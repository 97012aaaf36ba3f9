import type { Program, Step, Stored } from '../runtime/program.ts';
import type { ExportContext } from './context.ts';
import type { DeviceUse, ExportFile, Finding } from './result.ts';
import type { Target } from './targets.ts';

export type { DeviceUse, ExportFile, Finding };

/** A written network in a runtime that is not the studio's own. */
export interface Reopened {
  /**
   * One sample, NHWC; the network's outputs. With `shown`, what the studio stored for the same sample, a runtime may begin every
   * step from that, so that what `read` gives differs by the step alone: a sum in another order may round to another code later on.
   */
  run(sample: Float32Array, shown: (buffer: number) => Stored): Promise<Float32Array> | Float32Array;
  /** What the last run stored in a buffer of the program, in its format; null where this runtime does not show it. */
  read(buffer: number): Stored | null;
  /** Steps that this runtime may round otherwise; every number of the others is held to the tolerance. Absent: none. */
  readonly inexact?: ReadonlySet<number>;
  /** What it is, where that depends on the machine; absent: as the reader says. */
  readonly label?: string;
  close(): void;
}

/** What the surroundings can open written files with; absent or null: not here. */
export interface ProofMachine {
  /** Builds the first C file, which may include the others, with the machine's compiler; `run` hands standard input to the program and takes its standard output. */
  readonly compileC?: ((files: readonly ExportFile[]) => Promise<{ run(input: Uint8Array): Promise<Uint8Array>; close(): void }>) | null;
  /** An ONNX runtime: inputs and outputs by name. */
  readonly openOnnx?: ((model: Uint8Array) => Promise<{ run(inputs: Readonly<Record<string, Float32Array>>): Promise<Readonly<Record<string, Stored>>>; close(): void }>) | null;
  /** Runs the text of an ES module without imports and gives its exports; not where a policy forbids scripts that were not delivered. */
  readonly importModule?: ((text: string) => Promise<Readonly<Record<string, unknown>>>) | null;
  /** TensorFlow.js: model.json and its shards; the values of the nodes named, one after the other. */
  readonly openTfjs?: ((files: readonly ExportFile[]) => Promise<{ run(sample: Float32Array, nodes: readonly string[]): readonly Float32Array[]; close(): void }>) | null;
  /** A TensorFlow Lite runtime: inputs and outputs by name, as the bytes of their tensors. */
  readonly openTflite?: ((model: Uint8Array) => Promise<{ run(inputs: Readonly<Record<string, Uint8Array>>): Promise<Readonly<Record<string, Uint8Array>>>; close(): void }>) | null;
}

/** The written files are read back into a program, which runs on the studio's kernels, fast and reference. */
export interface ProgramReader {
  readonly kind: 'program';
  readonly label: string;
  read(files: readonly ExportFile[]): Program | Promise<Program>;
}

/** What a document says of a layer. */
export interface Statements {
  /** Numbers and texts that are said. */
  readonly count: number;
  /** Those that are not so. */
  readonly wrong: number;
}

/** The written files tell of a network instead of being one: what they say is read again and compared with it. */
export interface DocumentReader {
  readonly kind: 'document';
  readonly label: string;
  /** By graph node; throws a StudioError where something wrong is said of the whole. */
  check(files: readonly ExportFile[], program: Program): (node: string) => Statements;
}

/** The written files are opened by a runtime of another make. */
export interface RuntimeReader {
  readonly kind: 'runtime';
  readonly label: string;
  /** Why it cannot be opened here, or null. */
  missing(machine: ProofMachine): string | null;
  open(files: readonly ExportFile[], program: Program, machine: ProofMachine): Promise<Reopened>;
  /** How far a stored number of a step may be from the studio's, as a share of the largest: 0 where arithmetic is integer. */
  tolerance(step: Step): number;
  /** Where a runtime may round real numbers in its own way; absent: nowhere beyond the tolerance. */
  readonly agreement?: Agreement;
}

/** What counts as the same network although roundings may tip; measured over all samples, and said in the proof. */
export interface Agreement {
  /** Root mean square of the differences as a share of that of the numbers; of signs the share that is turned. */
  readonly deviation: number;
  /** Two answers count as tied where the studio's logits of both are nearer than this share of the logits' range (of two logits, of the widest range of all samples). */
  readonly tie: number;
  /** Share of the answers that must be the same; the others must be ties. */
  readonly least: number;
}

/** One row of the export wizard. */
export interface Exporter extends Target {
  /** Checks the deployed network against the target. */
  supports(program: Program): readonly Finding[] | Promise<readonly Finding[]>;
  /** The main file first; paths begin with the name. A large writer loads with its first use. */
  write(program: Program, name: string): readonly ExportFile[] | Promise<readonly ExportFile[]>;
  /** Bytes that hold the network; absent: those of the main file. */
  fileBytes?(files: readonly ExportFile[]): number;
  /** Bytes in the main file of what a graph node needs; absent: those of the packed file. */
  bytesOf?(program: Program): Promise<(node: string) => number>;
  /** For targets that a microcontroller runs by themselves: what of its flash and RAM they take. */
  device?(program: Program): DeviceUse | Promise<DeviceUse>;
  readonly reader: ProgramReader | RuntimeReader | DocumentReader;
}

/** A row of a target that writes more than the deployed network: what else is known makes the exporter. */
export type ExporterWith = (context: ExportContext) => Exporter;
