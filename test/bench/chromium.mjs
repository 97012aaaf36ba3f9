// Runs the suite in headless Chromium, as the studio's own jobs run: in a module worker of an isolated page.
import { join } from 'node:path';
import { ROOT } from '../../electron/launch/prepare.mjs';
import { runWorkerInChromium } from '../chromium-worker.mjs';

export function runInChromium(order, networks, onRow) {
  const files = Object.fromEntries(networks.flatMap(({ ours, float }, i) => [[`${i}-ours.bitw`, ours], [`${i}-float.bitw`, float]]));
  const named = networks.map(({ network, plan }, i) => ({ network, plan, ours: `/${i}-ours.bitw`, float: `/${i}-float.bitw` }));
  return runWorkerInChromium({
    entries: { worker: join(ROOT, 'test/bench/suite/worker.ts'), thread: join(ROOT, 'test/bench/suite/thread.ts') },
    message: { ...order, files: named },
    files,
    folders: { tfjs: join(ROOT, 'node_modules/@tensorflow/tfjs-backend-wasm/dist'), ort: join(ROOT, 'node_modules/onnxruntime-web/dist') },
    onReport: onRow,
  });
}
