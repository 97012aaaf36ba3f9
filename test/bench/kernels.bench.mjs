// Kernel speed on ResNet-8-like 3×3 layers: `node test/bench/kernels.bench.mjs`. All candidates take turns in every round;
// printed are medians, in dense-equivalent GMAC/s, and the median of the per-round ratio to float32.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const ROUNDS = 31;
const ROUND_MS = 4;

/** [height = width, input channels, output channels, kernel] */
const SHAPES = [
  [32, 3, 16, 3],
  [32, 16, 16, 3],
  [16, 32, 32, 3],
  [8, 64, 64, 3],
  [28, 128, 128, 3],
  [14, 256, 256, 3],
  [1, 4096, 1024, 1],
];

const kernelsFolder = fileURLToPath(new URL('../../core/kernels/', import.meta.url));
const { module: load } = await runnerImport(`${kernelsFolder}load.ts`);
const { module: table } = await runnerImport(`${kernelsFolder}index.ts`);

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function candidates(engine, [size, inputChannels, outputChannels, kernelSize]) {
  const pad = kernelSize >> 1;
  const geometry = {
    op: size === 1 ? 'dense' : 'conv2d', inputHeight: size, inputWidth: size, inputChannels,
    kernelHeight: kernelSize, kernelWidth: kernelSize, outputHeight: size, outputWidth: size, outputChannels,
    strideY: 1, strideX: 1, dilationY: 1, dilationX: 1, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad,
  };
  const count = kernelSize ** 2 * inputChannels * outputChannels;
  const signs = Int8Array.from({ length: count }, (_, i) => ((i * 2654435761) & 64 ? 1 : -1));
  const parameters = {
    float32: { arithmetic: 'float32', kernel: Float32Array.from(signs), bias: new Float32Array(outputChannels) },
    integer: { arithmetic: 'integer', codes: signs.map((s, i) => s * (i % 127)), zeroPoint: 3 },
    xnor: { arithmetic: 'xnor', codes: signs, padding: 'zero' },
  };
  const input = engine.memory.allocate(size * size * Math.max(inputChannels, 16) * 4);
  const output = engine.memory.allocate(size * size * outputChannels * 4);
  return Object.entries(parameters).map(([arithmetic, layer]) => {
    const job = { geometry, parameters: layer, finish: { kind: 'sums' }, input, output };
    const work = table.chooseKernel(engine, geometry, layer).prepare(job, engine.memory).work.map(engine.bind);
    return { arithmetic, macs: size * size * count, run: () => work.forEach((part) => part()) };
  });
}

for (const shape of SHAPES) {
  const list = candidates(load.createEngine({ variant: 'wasm', initialBytes: 2 ** 26 }), shape);
  for (const one of list) {
    // Calls enough to leave the baseline compiler.
    const until = performance.now() + 150;
    let calls = 0;
    while (performance.now() < until) for (let i = 0; i < 10; i++, calls++) one.run();
    one.repeats = Math.max(1, Math.round((calls * ROUND_MS) / 150));
    one.rates = [];
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of list) {
      const start = performance.now();
      for (let i = 0; i < one.repeats; i++) one.run();
      one.rates.push((one.macs * one.repeats) / (performance.now() - start) / 1e6);
    }
  }
  const [size, inputs, outputs, kernel] = shape;
  const columns = list.map(({ arithmetic, rates }) => {
    const ratio = median(rates.map((rate, round) => rate / list[0].rates[round]));
    return `${arithmetic} ${median(rates).toFixed(1).padStart(6)} (${ratio.toFixed(1)}×)`;
  });
  console.log(`${`${size}×${size}×${inputs}→${outputs} ${kernel}×${kernel}`.padEnd(20)} ${columns.join('   ')}`);
}
