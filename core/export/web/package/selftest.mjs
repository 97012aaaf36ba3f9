// node selftest.mjs: runs the test vectors and compares with the golden outputs to the bit. Exits with 1 where anything differs.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { loadNetwork } from './bitwright-runtime.js';

const read = (name) => readFile(new URL(encodeURIComponent(name), import.meta.url));
const facts = JSON.parse(await read('network.json'));

async function differences() {
  for (const [name, expected] of Object.entries(facts.sha256)) {
    const found = createHash('sha256').update(await read(name)).digest('hex');
    if (found !== expected) return `${name} is not the file that was exported`;
  }
  const bytes = await read(facts.network);
  const vectors = new Float32Array(new Uint8Array(await read(facts.vectors.file)).buffer);
  const [inputs, outputs] = [facts.input.shape, facts.output.shape].map((shape) => shape.reduce((a, b) => a * b, 1));
  if (vectors.length !== facts.vectors.count * (inputs + outputs)) return `${facts.vectors.file} has another length than network.json says`;
  // The plain build gives the same bits on every machine; the best one where no layer has float32 weights.
  for (const build of facts.vectors.exact ? ['simd', undefined] : ['simd']) {
    const network = await loadNetwork(bytes, { name: facts.network, build });
    for (let i = 0; i < facts.vectors.count; i++) {
      const at = i * (inputs + outputs);
      const result = network.run(vectors.slice(at, at + inputs));
      const golden = vectors.subarray(at + inputs, at + inputs + outputs);
      if (result.length !== outputs || result.some((value, k) => !Object.is(value, golden[k]))) return `vector ${i} gives other numbers (${network.engine})`;
    }
    console.log(`${facts.vectors.count} vectors are equal: ${network.engine}.`);
  }
  return null;
}

const problem = await differences().catch((error) => error.message);
if (problem !== null) console.error(`${facts.network}: ${problem}.`);
process.exitCode = problem === null ? 0 : 1;
