// npm run fuzz [-- TIMES]: the seeded loops of test/fuzz and of the ONNX operator suite, so many times longer than in npm test.
import { spawnSync } from 'node:child_process';
import { ROOT } from '../../electron/launch/prepare.mjs';

const USUAL_TIMES = 10;
/** What a test may take where it runs once. */
const ONCE_MS = 60_000;

const times = Number(process.argv[2] ?? USUAL_TIMES);
if (!Number.isInteger(times) || times < 1) {
  console.error('npm run fuzz -- TIMES: a whole number from 1.');
  process.exit(2);
}
const args = ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz', 'test/conformance/onnx-operators.test.ts', `--testTimeout=${ONCE_MS * times}`];
const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, BITWRIGHT_FUZZ: String(times) } });
process.exit(status ?? 1);
