// PyTorch in a process of its own, where a Python that has it is found.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { ROOT } from '../../../electron/launch/prepare.mjs';

/** Python interpreters to try; BITWRIGHT_PYTHON names another. */
const CANDIDATES = [process.env.BITWRIGHT_PYTHON, '/usr/bin/python3', 'python3'].filter(Boolean);

/** `{ name, ask(order) → milliseconds[], close() }`, or null. */
export async function openPyTorch() {
  for (const command of CANDIDATES) {
    const child = spawn(command, ['steps.py'], { cwd: join(ROOT, 'test/golden/pytorch'), stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next().catch(() => ({ done: true }));
    if (first.done) continue;
    const { torch, mkldnn } = JSON.parse(first.value);
    return {
      name: `PyTorch ${torch}${mkldnn ? ' with oneDNN' : ''}`,
      async ask(order) {
        child.stdin.write(`${JSON.stringify(order)}\n`);
        const { done, value } = await lines.next();
        if (done) throw new Error('PyTorch ended.');
        return JSON.parse(value);
      },
      close: () => child.kill(),
    };
  }
  return null;
}
