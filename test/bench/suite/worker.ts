// The benchmark inside Chromium: a module worker, as the studio's own jobs are.
import { runKernels, runNetworks, type BenchEnvironment, type Row } from './run.ts';

interface Order {
  readonly kind: 'kernels' | 'networks';
  readonly only: string;
  readonly files: readonly { readonly network: string; readonly plan: string; readonly ours: string; readonly float: string }[];
}

const environment: BenchEnvironment = {
  where: 'chromium',
  tfjsFolder: '/tfjs/',
  ortFolder: '/ort/',
  spawn: (start) => {
    const helper = new Worker('/thread.js', { type: 'module' });
    helper.postMessage(start);
    return helper;
  },
};
const report = (row: Row): void => postMessage({ report: row });

async function bytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

async function obey({ kind, only, files }: Order): Promise<void> {
  if (kind === 'kernels') return runKernels(environment, only, report);
  const loaded = await Promise.all(files.map(async (file) => ({ ...file, ours: await bytes(file.ours), float: await bytes(file.float) })));
  return runNetworks(environment, loaded, report);
}

addEventListener('message', (event: MessageEvent<Order>) => {
  obey(event.data).then(
    () => postMessage({ done: true }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
