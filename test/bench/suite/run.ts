import { readPacked } from '../../../core/export/packed/read.ts';
import { createEngine, type KernelEngine } from '../../../core/kernels/load.ts';
import type { SpawnThread } from '../../../core/kernels/team.ts';
import { createThreadedEngine } from '../../../core/kernels/threads.ts';
import { createRandom } from '../../../core/base/random.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import { createRuntime } from '../../../core/runtime/run.ts';
import { KERNEL_CASES, NETWORK_CASES, type KernelCase, type OursOf, type Peer, type ShapeOfCase } from './cases.ts';
import { geometryOfShape, ourLayer } from './ours.ts';
import { ortLayer, startOrt } from './ort.ts';
import { quartilesOf, takeTurns, type Contender, type Quartiles } from './rounds.ts';
import { startTfjs, tfjsLayer, tfjsNetwork } from './tfjs.ts';

export interface BenchEnvironment {
  readonly where: 'chromium' | 'node';
  readonly tfjsFolder: string;
  /** Null: the library finds its own files. */
  readonly ortFolder: string | null;
  readonly spawn: SpawnThread;
}

export interface Row {
  readonly case: string;
  readonly engine: string;
  readonly threads: number;
  readonly peerName: string;
  /** Milliseconds, of the shape that is judged. */
  readonly ours: number;
  readonly peer: number;
  /** Peer's time to ours, quartiles of per-round ratios: of the shape where it is lowest. */
  readonly ratio: Quartiles;
  readonly required: number;
  readonly aim: number;
  readonly shapes: readonly { readonly shape: string; readonly ours: number; readonly peer: number; readonly ratio: Quartiles }[];
}

export interface NetworkFile {
  readonly network: string;
  readonly plan: string;
  readonly ours: Uint8Array;
  readonly float: Uint8Array;
}

const PEER_NAMES: Readonly<Record<Peer, string>> = {
  float32: 'own float32',
  'float32-direct': 'own float32, direct',
  tfjs: 'TensorFlow.js wasm',
  ort: 'onnxruntime-web',
  'one-thread': 'one thread',
};

function nameOf([size, inputs, outputs, kernel, stride]: ShapeOfCase): string {
  return size === 1 ? `dense ${inputs}→${outputs}` : `${size}×${size}×${inputs}→${outputs} ${kernel}×${kernel}${stride > 1 ? ` stride ${stride}` : ''}`;
}

const MEGABYTES = 2 ** 20;
const engineOfMemory = (): KernelEngine => createEngine({ variant: 'wasm', initialBytes: 64 * MEGABYTES });

async function peerOf(peer: Peer, ours: OursOf, shape: ShapeOfCase): Promise<() => void | Promise<void>> {
  const g = geometryOfShape(shape);
  const float32 = { arithmetic: 'float32', weights: 'float32', finish: 'clip' } as const;
  switch (peer) {
    case 'tfjs':
      return tfjsLayer(g);
    case 'ort':
      return ortLayer(g);
    case 'float32':
      return ourLayer(engineOfMemory(), float32, g);
    case 'float32-direct':
      return ourLayer(engineOfMemory(), float32, g, ({ id }) => !id.includes('winograd'));
    case 'one-thread':
      return ourLayer(engineOfMemory(), ours, g);
  }
}

function summarise(times: readonly (readonly number[])[]): { ours: number; peer: number; ratio: Quartiles } {
  const [ours, peer] = times;
  return { ours: quartilesOf(ours).median, peer: quartilesOf(peer).median, ratio: quartilesOf(peer.map((value, round) => value / ours[round])) };
}

async function kernelRow(row: KernelCase, { where, spawn }: BenchEnvironment): Promise<Row> {
  const threads = row.peer === 'one-thread' ? 2 : 1;
  const shapes: Row['shapes'][number][] = [];
  for (const shape of row.shapes) {
    const team = await createThreadedEngine({ threads, spawn, initialBytes: 64 * MEGABYTES });
    if (team.threads !== threads) throw new Error(`The machine gives ${team.threads} threads of ${threads}.`);
    const contenders: Contender[] = [
      { name: 'ours', run: ourLayer(team, row.ours, geometryOfShape(shape)) },
      { name: row.peer, run: await peerOf(row.peer, row.ours, shape) },
    ];
    shapes.push({ shape: nameOf(shape), ...summarise(await takeTurns(contenders)) });
    team.dispose();
  }
  const lowest = shapes.reduce((low, shape) => (shape.ratio.median < low.ratio.median ? shape : low));
  const { ours, peer, ratio } = lowest;
  return {
    case: row.title, engine: `${where}, ${createEngine({ variant: 'wasm' }).description}`, threads, peerName: PEER_NAMES[row.peer],
    ours, peer, ratio, required: row.required, aim: row.aim, shapes,
  };
}

async function start({ tfjsFolder, ortFolder }: BenchEnvironment): Promise<void> {
  await startTfjs(tfjsFolder);
  startOrt(ortFolder);
}

export async function runKernels(environment: BenchEnvironment, only: string, report: (row: Row) => void): Promise<void> {
  await start(environment);
  for (const row of KERNEL_CASES) {
    if (row.where !== 'both' && row.where !== environment.where) continue;
    if (!`${row.title} ${row.peer}`.includes(only)) continue;
    report(await kernelRow(row, environment));
  }
}

/** What two float32 networks may differ by, relative to the largest answer: other orders of summation, Winograd. */
const SAME_NETWORK = 1e-3;

export async function runNetworks(environment: BenchEnvironment, files: readonly NetworkFile[], report: (row: Row) => void): Promise<void> {
  await start(environment);
  for (const row of NETWORK_CASES) {
    const file = files.find(({ network, plan }) => network === row.network && plan === row.plan);
    if (!file) continue;
    const engine = createEngine({ variant: 'wasm' });
    const program = readPacked(file.ours, row.network);
    const float = readPacked(file.float, row.network);
    const random = createRandom(9);
    const input = Float32Array.from({ length: elementCount(program.network.buffers[program.network.inputs[0]].shape) }, () => random.uniform(0, 1));
    const other = tfjsNetwork(float);
    const mine = createRuntime(float, createEngine({ variant: 'wasm' })).run(input);
    const theirs = other.answer(input);
    const scale = mine.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    if (mine.some((value, i) => Math.abs(value - theirs[i]) > SAME_NETWORK * scale)) throw new Error(`${row.network} answers otherwise on TensorFlow.js: the two would not be compared.`);
    const runtime = createRuntime(program, engine);
    const summary = summarise(await takeTurns([{ name: 'ours', run: () => void runtime.run(input) }, { name: 'tfjs', run: other.run }]));
    report({ case: row.title, engine: `${environment.where}, ${engine.description}`, threads: 1, peerName: PEER_NAMES.tfjs, ...summary, required: row.required, aim: row.aim, shapes: [] });
  }
}
