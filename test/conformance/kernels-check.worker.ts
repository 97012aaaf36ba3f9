// The same check inside a browser, where both builds run.
import { createEngine } from '../../core/kernels/load.ts';
import { checkBuild } from './kernels-check.ts';

addEventListener('message', () => {
  try {
    for (const build of ['simd', 'relaxed'] as const) {
      const { description } = createEngine({ variant: 'wasm', build });
      postMessage({ report: { build, description, ...checkBuild(build) } });
    }
    postMessage({ done: true });
  } catch (error) {
    postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
