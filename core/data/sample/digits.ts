import { createRandom, type Random } from '../../base/random.ts';
import { sha256 } from '../../base/hash.ts';
import type { DataSet, Samples } from '../data-set.ts';
import { allocateLabels, allocatePixels } from '../reader.ts';
import { drawPiece, trace } from './raster.ts';
import { SKELETONS, type Point } from './skeletons.ts';

export const DIGIT_SIZE = 28;
const PIXELS = DIGIT_SIZE * DIGIT_SIZE;
const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

/** How much hands differ. Lengths are shares of the digit's height unless a unit is named. */
const VARIATION = {
  heightPixels: [17, 22],
  /** Width ÷ height against the skeleton's. */
  aspect: [0.78, 1.12],
  rotationDegrees: 8,
  slant: 0.17,
  shiftPixels: 1.25,
  /** Standard deviation of each point of the skeleton. */
  jitter: 0.022,
  /** Largest amplitude of each wave of the elastic field. */
  wave: 0.038,
  radiusPixels: [0.75, 1.5],
  /** Change of the radius along the strokes. */
  pressure: 0.3,
  inkLevel: [150, 255],
  noiseLevel: [4, 22],
  distractorChance: 0.3,
  gapChance: 0.25,
} as const;

/** `count` drawn digits, classes balanced and in random order. The same seed gives the same pictures everywhere. */
export function drawDigits({ seed, count }: { readonly seed: number; readonly count: number }): Samples {
  const images = allocatePixels(count * PIXELS);
  const labels = allocateLabels(count);
  for (let i = 0; i < count; i++) labels[i] = i % CLASSES.length;
  const random = createRandom(seed);
  random.shuffle(labels);
  const coverage = new Float32Array(PIXELS);
  for (let i = 0; i < count; i++) drawDigit(random.fork(i), labels[i], coverage, images.subarray(i * PIXELS, (i + 1) * PIXELS));
  return { count, images, labels };
}

const between = (random: Random, [low, high]: readonly [number, number]): number => random.uniform(low, high);

function drawDigit(random: Random, label: number, coverage: Float32Array, target: Uint8Array): void {
  coverage.fill(0);
  const place = createPlacement(random);
  const radius = between(random, VARIATION.radiusPixels);
  const pressurePhase = random.uniform(0, 2 * Math.PI);
  for (const stroke of random.pick(SKELETONS[label])) {
    const shaken = stroke.points.map(([x, y]): Point => [x + random.normal(0, VARIATION.jitter), y + random.normal(0, VARIATION.jitter)]);
    const points = trace({ kind: stroke.kind, points: shaken }, 4).map(place);
    const radiusAt = (i: number): number => radius * (1 + VARIATION.pressure * Math.sin(pressurePhase + i * 0.35));
    for (let i = 0; i + 1 < points.length; i++) drawPiece(coverage, DIGIT_SIZE, points[i], points[i + 1], radiusAt(i), radiusAt(i + 1));
  }
  if (random.chance(VARIATION.gapChance)) eraseGap(random, coverage);
  if (random.chance(VARIATION.distractorChance)) drawDistractor(random, coverage, radius);
  const ink = between(random, VARIATION.inkLevel);
  const noise = between(random, VARIATION.noiseLevel);
  for (let i = 0; i < PIXELS; i++) {
    const value = coverage[i] * ink + random.normal(0, noise);
    target[i] = value <= 0 ? 0 : value >= 255 ? 255 : Math.round(value);
  }
}

/** From the skeleton's unit square to pixels: elastic waves, slant, stretch, rotation, shift. */
function createPlacement(random: Random): (point: Point) => Point {
  const waves = Array.from({ length: 3 }, () => ({
    frequencyX: random.uniform(-6, 6),
    frequencyY: random.uniform(-6, 6),
    phase: random.uniform(0, 2 * Math.PI),
    x: random.uniform(-VARIATION.wave, VARIATION.wave),
    y: random.uniform(-VARIATION.wave, VARIATION.wave),
  }));
  const height = between(random, VARIATION.heightPixels);
  const width = height * between(random, VARIATION.aspect);
  const angle = (random.normal(0, VARIATION.rotationDegrees) * Math.PI) / 180;
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const slant = random.normal(0, VARIATION.slant);
  const shiftX = DIGIT_SIZE / 2 + random.normal(0, VARIATION.shiftPixels);
  const shiftY = DIGIT_SIZE / 2 + random.normal(0, VARIATION.shiftPixels);
  return ([x, y]) => {
    let bentX = x - 0.5;
    let bentY = y - 0.5;
    for (const wave of waves) {
      const level = Math.sin(wave.frequencyX * x + wave.frequencyY * y + wave.phase);
      bentX += wave.x * level;
      bentY += wave.y * level;
    }
    const placedX = (bentX - slant * bentY) * width;
    const placedY = bentY * height;
    return [shiftX + cosine * placedX - sine * placedY, shiftY + sine * placedX + cosine * placedY];
  };
}

/** A place where the pen left the paper: a round hole with a soft edge. */
function eraseGap(random: Random, coverage: Float32Array): void {
  const x = random.uniform(7, 21);
  const y = random.uniform(5, 23);
  const radius = random.uniform(1.2, 2.6);
  for (let i = 0; i < PIXELS; i++) {
    const distance = Math.hypot((i % DIGIT_SIZE) + 0.5 - x, Math.floor(i / DIGIT_SIZE) + 0.5 - y);
    coverage[i] *= Math.min(1, Math.max(0, distance - radius + 0.5));
  }
}

/** The end of a neighbouring stroke, somewhere near the edge. */
function drawDistractor(random: Random, coverage: Float32Array, radius: number): void {
  const angle = random.uniform(0, 2 * Math.PI);
  const distance = random.uniform(10, 14);
  const from: Point = [DIGIT_SIZE / 2 + distance * Math.cos(angle), DIGIT_SIZE / 2 + distance * Math.sin(angle)];
  const direction = random.uniform(0, 2 * Math.PI);
  const length = random.uniform(3, 8);
  drawPiece(coverage, DIGIT_SIZE, from, [from[0] + length * Math.cos(direction), from[1] + length * Math.sin(direction)], radius, radius * 0.7);
}

export const SAMPLE_SEED = 20250;

/** The data set of the sample that ships: drawn here, so that nothing needs to be downloaded. */
export function sampleDataSet({
  trainCount = 6000,
  testCount = 1000,
  seed = SAMPLE_SEED,
}: { readonly trainCount?: number; readonly testCount?: number; readonly seed?: number } = {}): DataSet {
  // Two seeds that no other pair of halves has in common.
  const train = drawDigits({ seed: seed * 2, count: trainCount });
  const test = drawDigits({ seed: seed * 2 + 1, count: testCount });
  const pixels = ({ images }: Samples): Uint8Array => images as Uint8Array;
  return {
    name: 'Drawn digits',
    format: 'sample',
    shape: [DIGIT_SIZE, DIGIT_SIZE, 1],
    classes: CLASSES,
    train,
    test,
    hash: sha256('drawn digits', pixels(train), pixels(test)),
    notes: [],
  };
}
