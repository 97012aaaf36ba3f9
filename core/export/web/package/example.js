import { loadNetwork } from './bitwright-runtime.js';

const element = (id) => document.getElementById(id);
const facts = await (await fetch('network.json')).json();
const network = await loadNetwork(await fetch(encodeURIComponent(facts.network)), { name: facts.network });
const vectors = new Float32Array(await (await fetch(facts.vectors.file)).arrayBuffer());
const { shape, preprocess } = facts.input;
const isPicture = shape.length === 3 && (shape[2] === 1 || shape[2] === 3);
const [height, width, channels] = isPicture ? shape : [1, 1, 1];
const [inputs, outputs] = [shape, facts.output.shape].map((sizes) => sizes.reduce((a, b) => a * b, 1));
const of = (list, c) => list[list.length === 1 ? 0 : c];

/** Pixels 0–255 of one sample, NHWC, as the numbers that the network was trained on. */
const numbersOf = (pixels) => Float32Array.from(pixels, (value, i) => (value * of(preprocess.scale, i % channels) - of(preprocess.mean, i % channels)) / of(preprocess.deviation, i % channels));
const pixelsOf = (numbers) => numbers.map((value, i) => (value * of(preprocess.deviation, i % channels) + of(preprocess.mean, i % channels)) / of(preprocess.scale, i % channels));

async function draw(rgba) {
  const context = element('picture').getContext('2d');
  context.imageSmoothingEnabled = false;
  context.drawImage(await createImageBitmap(new ImageData(rgba, width, height)), 0, 0, 160, 160);
}

function answer(input) {
  const started = performance.now();
  const output = network.run(input);
  const milliseconds = performance.now() - started;
  const best = output.indexOf(Math.max(...output));
  element('answer').textContent = `Answer: ${facts.output.labels?.[best] ?? best}, in ${milliseconds.toFixed(2)} ms (${network.engine}).`;
  return output;
}

let next = 0;
async function showVector() {
  const index = next++ % facts.vectors.count;
  const at = index * (inputs + outputs);
  const input = vectors.slice(at, at + inputs);
  const golden = vectors.subarray(at + inputs, at + inputs + outputs);
  const output = answer(input);
  const isGolden = golden.indexOf(Math.max(...golden)) === output.indexOf(Math.max(...output));
  const isEqual = output.every((value, i) => Object.is(value, golden[i]));
  element('golden').textContent = `Test vector ${index + 1} of ${facts.vectors.count}: ${isEqual ? 'equal to the golden output' : isGolden ? 'the golden answer; some numbers are rounded otherwise' : 'not the golden answer'}.`;
  if (!isPicture || !preprocess) return;
  const pixels = pixelsOf(input);
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 4; c++) rgba[4 * i + c] = c === 3 ? 255 : pixels[channels * i + (c % channels)];
  await draw(rgba);
}

/** Made as small as the network's input, grey where it has one channel. */
async function showFile() {
  const [file] = element('file').files;
  if (!file) return;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(await createImageBitmap(file), 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8ClampedArray(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
    if (channels === 3) pixels.set([red, green, blue], 3 * i);
    else pixels[i] = 0.299 * red + 0.587 * green + 0.114 * blue;
    if (channels === 1) data.fill(pixels[i], 4 * i, 4 * i + 3);
  }
  answer(numbersOf(pixels));
  element('golden').textContent = '';
  await draw(data);
}

element('name').textContent = document.title = network.name;
element('picture').hidden = !isPicture || !preprocess;
element('pick').hidden = !isPicture || !preprocess;
element('vector').disabled = false;
element('vector').addEventListener('click', showVector);
element('file').addEventListener('change', showFile);
await showVector();
