// The same checks inside a browser, where both builds run and threads are workers.
import { createEngine } from '../../core/kernels/load.ts';
import { createThreadedEngine } from '../../core/kernels/threads.ts';
import { checkBuild } from './kernels-check.ts';
import { differencesByThreads } from './threads-check.ts';

async function check(): Promise<void> {
  for (const build of ['simd', 'relaxed'] as const) {
    const { description } = createEngine({ variant: 'wasm', build });
    postMessage({ report: { description, ...checkBuild(build) } });
  }
  const team = await createThreadedEngine({
    threads: 2,
    spawn: (start) => {
      const helper = new Worker('/thread.js', { type: 'module' });
      helper.postMessage(start);
      return helper;
    },
  });
  postMessage({ report: { description: team.description, ...differencesByThreads(team) } });
  team.dispose();
}

addEventListener('message', () => {
  check().then(
    () => postMessage({ done: true }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
