import type { WebFacts } from './write.ts';

/** Backticks and brackets of a name stay what they are. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#|]/g, (sign) => `\\${sign}`);

export function readmeOf({ name, network, input, output, vectors }: WebFacts): string {
  const { preprocess } = input;
  const list = (values: readonly number[]): string => (values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`);
  const numbers = preprocess
    ? `\`(pixel * ${list(preprocess.scale)} - ${list(preprocess.mean)}) / ${list(preprocess.deviation)}\` of each pixel 0–255 (preprocessing \`${preprocess.id}\`)`
    : 'preprocessed as in training (how is not known here)';
  const labels = output.labels ? `\n\`network.json\` names the ${output.labels.length} classes in \`output.labels\`.\n` : '';
  return `# ${plain(name)}

A network packed by Bitwright, and the runtime that runs it. No dependency; one thread; browsers with WebAssembly SIMD and Node 20 or newer.

\`\`\`js
import { loadNetwork } from './bitwright-runtime.js';

const network = await loadNetwork(await fetch('${encodeURIComponent(network)}'));
const output = network.run(input); // Float32Array → Float32Array
\`\`\`

In Node: \`loadNetwork(await readFile(${JSON.stringify(network)}))\`. Types are in \`bitwright-runtime.d.ts\`.

- Input: ${input.shape.join(' × ')} numbers, ${input.layout} without the batch, ${numbers}.
- Output: ${output.shape.join(' × ')} numbers.
${labels}
## Files

| file | what |
|---|---|
| \`${network}\` | the network: graph and packed weights, with a checksum |
| \`bitwright-runtime.js\` | the runtime, with its WebAssembly inside; relaxed SIMD where it runs, else plain SIMD, else JavaScript |
| \`network.json\` | shapes, preprocessing, classes, hashes |
| \`vectors.bin\` | ${vectors.count} inputs (${plain(vectors.from)}) and their golden outputs, float32, little-endian |
| \`selftest.mjs\` | \`node selftest.mjs\`: exits with 1 where a result differs from the golden one |
| \`example.html\`, \`example.js\` | a page for any static server: \`npx serve .\` or \`python3 -m http.server\` |

## Content policy

The page needs \`script-src 'self' 'wasm-unsafe-eval'\` and \`connect-src 'self'\`. Nothing is evaluated as text.
${vectors.exact ? '\nAll arithmetic of the layers is in whole numbers: every build gives the same bits.' : '\nLayers with float32 weights are summed in the order of the build: `loadNetwork(bytes, { build: \'simd\' })` gives the same bits everywhere.'}
`;
}
