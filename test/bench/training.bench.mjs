// npm run bench:train [-- --json FILE] [-- --only TEXT] [-- --quick]: training steps of the studio in Chromium and in Node,
// beside PyTorch where it is installed and tfjs' plain JavaScript backend, in one interleaved run.
import { join } from 'node:path';
import { buildKernels } from '../../core/kernels/build.mjs';
import { ROOT } from '../../electron/launch/prepare.mjs';
import { openWorkersInChromium } from '../chromium-worker.mjs';
import { finish, readArguments, threadsInNode, verdictOf } from './output.mjs';
import { importBundled } from '../import-bundled.mjs';
import { openPyTorch } from './training/pytorch.mjs';

const list = process.argv.slice(2);
const { json, only } = readArguments(list);
const quick = list.includes('--quick');
const ROUNDS = quick ? 5 : 15;
const TURN_MS = 250;
const float32 = (network) => ({ network, plan: 'float32' });

/** `required` and `aim`: our time, as a share of the other's. */
const CASES = [
  { title: 'LeNet step, batch 64', ours: ['Chromium', 1, float32('LeNet')], peer: ['PyTorch', 1, float32('LeNet')], required: 0.8, aim: 0.55 },
  { title: 'LeNet step, batch 64', ours: ['Chromium', 2, float32('LeNet')], peer: ['PyTorch', 2, float32('LeNet')], required: 0.7, aim: 0.45 },
  { title: 'LeNet step, all middle layers xnor', ours: ['Chromium', 1, { network: 'LeNet', plan: 'xnor' }], peer: ['Chromium', 1, float32('LeNet')], required: 1.15, aim: 1 },
  { title: 'ResNet-8 step, batch 32', ours: ['Chromium', 1, float32('ResNet-8')], peer: ['PyTorch', 1, float32('ResNet-8')], required: 1, aim: 0.6 },
  { title: 'MobileNetV1-0.25 step, batch 32', ours: ['Chromium', 1, float32('MobileNetV1-0.25')], peer: ['PyTorch', 1, float32('MobileNetV1-0.25')], required: 1, aim: 0.6 },
  { title: 'LeNet step, batch 64', ours: ['Chromium', 1, float32('LeNet')], peer: ['tfjs cpu', 1, float32('LeNet')], required: 1 / 200, aim: 1 / 300 },
  { title: 'LeNet step, batch 64', ours: ['Node', 1, float32('LeNet')], peer: ['PyTorch', 1, float32('LeNet')], required: 1, aim: 0.65 },
];

await buildKernels();
const chromium = await openWorkersInChromium({
  entries: { worker: join(ROOT, 'test/bench/training/worker.ts'), thread: join(ROOT, 'test/bench/suite/thread.ts') },
  folders: { tfjs: join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist') },
});
const pytorch = await openPyTorch();
const { createStepper, NETWORKS, plainStep, quartilesOf } = await importBundled(join(ROOT, 'test/bench/training/steps.ts'));
const inNode = createStepper(threadsInNode);
const started = new Map();
const names = new Map([['PyTorch', pytorch?.name ?? 'PyTorch']]);

/** Milliseconds of `count` steps, by whom they are asked of. */
const ENGINES = {
  async Chromium(threads, steps, count) {
    if (!started.has(threads)) {
      const ask = await chromium.start();
      names.set('Chromium', chromium.name);
      console.log(`${chromium.name}: ${await ask({ start: { tfjsFolder: '/tfjs/', threads } })}`);
      started.set(threads, ask);
    }
    return started.get(threads)({ steps, count });
  },
  async Node(threads, steps, count) {
    if (!started.has('node')) {
      const said = await inNode({ start: { tfjsFolder: `${join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`, threads } });
      console.log(`Node ${process.versions.node}: ${said}`);
      started.set('node', true);
    }
    return inNode({ steps, count });
  },
  PyTorch: (threads, { network }, count) => pytorch.ask({ network, batch: NETWORKS[network].batch, threads, count }),
};

const median = (values) => quartilesOf(values).median;

/** Two sides take turns; a turn lasts about TURN_MS, its time is the median step. */
async function measure({ ours, peer }) {
  const sides = [ours, peer].map(([engine, threads, steps]) => (count) => ENGINES[engine](threads, steps, count));
  const counts = [];
  for (const side of sides) {
    await side(4);
    counts.push(Math.max(1, Math.min(8, Math.round(TURN_MS / median(await side(3))))));
  }
  const times = [[], []];
  for (let round = 0; round < ROUNDS; round++) for (const [i, side] of sides.entries()) times[i].push(median(await side(counts[i])));
  return times;
}

/** A step of tfjs' plain backend takes twenty seconds: one, between two turns of ours. */
async function measurePlain({ ours: [engine, threads, steps] }) {
  await ENGINES[engine](threads, steps, 4);
  await ENGINES.Node(1, steps, 1);
  const before = await ENGINES[engine](threads, steps, 8);
  const plain = await plainStep(steps);
  const after = await ENGINES[engine](threads, steps, 8);
  const times = [...before, ...after];
  return [times, times.map(() => plain)];
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const rows = [];
try {
  for (const one of CASES) {
    const { title, ours: [engine, threads], peer: [peer], required, aim } = one;
    if (!`${title} ${engine} ${peer}`.includes(only)) continue;
    if (peer === 'PyTorch' && !pytorch) {
      console.log(`Skipped: ${title} against PyTorch, which is not installed (Debian: python3-torch).`);
      continue;
    }
    const [mine, theirs] = peer === 'tfjs cpu' ? await measurePlain(one) : await measure(one);
    // In the form of the other benchmarks: the other's time to ours, so that more is better.
    const ratios = mine.map((value, i) => theirs[i] / value);
    const peerName = peer === 'tfjs cpu' ? 'TensorFlow.js cpu' : peer === engine ? 'own float32' : names.get(peer);
    const row = {
      case: title, engine: engine === 'Node' ? `Node ${process.versions.node}` : names.get(engine), threads, peerName, ours: median(mine), peer: median(theirs),
      ratio: quartilesOf(ratios), required: 1 / required, aim: 1 / aim, shapes: [],
    };
    rows.push(row);
    const share = `${digits(1 / row.ratio.median)} of its time (${digits(1 / row.ratio.q3)}–${digits(1 / row.ratio.q1)})`;
    console.log(`${title} against ${peerName} [${row.engine}, ${threads} thread${threads > 1 ? 's' : ''}]: ours ${digits(row.ours)} ms, ${digits(row.peer)} ms: ${share}; required ${digits(required)}, aim ${digits(aim)}: ${verdictOf(row)}`);
  }
} finally {
  await chromium.close();
  pytorch?.close();
}
finish(rows, [...names.values()].join(', '), json);
process.exit();
