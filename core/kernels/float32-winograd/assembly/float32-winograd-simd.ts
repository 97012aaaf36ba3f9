import { clipped, multiplyAdd } from '../../assembly/float32';
import { storeLanes } from '../../assembly/lanes';
import { multiplyRows } from '../../assembly/multiply-rows';

/*
 * Winograd's minimal filtering F(4×4, 3×3): a tile of 6×6 inputs gives 4×4 outputs by 36 products a channel pair instead of
 * 144. A tile is transformed to 36 positions (Bᵀ·d·B), at each position tiles × input channels are multiplied by input ×
 * output channels, and the products are transformed back (Aᵀ·m·A).
 *
 * The polynomials are evaluated at 0, ±a, ±b and infinity with a = 5/8, b = 3/2: all constants below are exact in float32,
 * and the rounding error is well below half of that of the usual points 0, ±1, ±2.
 */
const A1: f32 = 0.625, A2: f32 = 0.390625, A3: f32 = 0.244140625;
const B1: f32 = 1.5, B2: f32 = 2.25, B3: f32 = 3.375;
/** a²·b² and a² + b². */
const PRODUCT: f32 = 0.87890625, SUM: f32 = 2.640625;

const POSITIONS: i32 = 36;
/** Bytes of one tile of four channels between the two passes of a transform. */
const TILE_BYTES: usize = 576;

/** Bᵀ on a column of six pixels, to [row][6 columns] in scratch. */
function transformColumn(pixel: usize, rowBytes: usize, scratch: usize): void {
  const d0 = v128.load(pixel), d1 = v128.load(pixel + rowBytes), d2 = v128.load(pixel + 2 * rowBytes);
  const d3 = v128.load(pixel + 3 * rowBytes), d4 = v128.load(pixel + 4 * rowBytes), d5 = v128.load(pixel + 5 * rowBytes);
  const product = f32x4.splat(PRODUCT), minusSum = f32x4.splat(-SUM);
  v128.store(scratch, multiplyAdd(product, d0, multiplyAdd(minusSum, d2, d4)));
  v128.store(scratch, multiplyAdd(product, d1, multiplyAdd(minusSum, d3, d5)), 480);
  const minusB2 = f32x4.splat(-B2), a = f32x4.splat(A1);
  const evenA = multiplyAdd(minusB2, d2, d4), oddA = f32x4.mul(a, multiplyAdd(minusB2, d1, d3));
  v128.store(scratch, f32x4.add(evenA, oddA), 96);
  v128.store(scratch, f32x4.sub(evenA, oddA), 192);
  const minusA2 = f32x4.splat(-A2), b = f32x4.splat(B1);
  const evenB = multiplyAdd(minusA2, d2, d4), oddB = f32x4.mul(b, multiplyAdd(minusA2, d1, d3));
  v128.store(scratch, f32x4.add(evenB, oddB), 288);
  v128.store(scratch, f32x4.sub(evenB, oddB), 384);
}

/** The same on a row of scratch, to six positions. Apart from the other, so that the offsets in scratch are constants. */
function transformRow(scratch: usize, to: usize, positionStride: usize): void {
  const d0 = v128.load(scratch), d1 = v128.load(scratch, 16), d2 = v128.load(scratch, 32);
  const d3 = v128.load(scratch, 48), d4 = v128.load(scratch, 64), d5 = v128.load(scratch, 80);
  const product = f32x4.splat(PRODUCT), minusSum = f32x4.splat(-SUM);
  v128.store(to, multiplyAdd(product, d0, multiplyAdd(minusSum, d2, d4)));
  v128.store(to + 5 * positionStride, multiplyAdd(product, d1, multiplyAdd(minusSum, d3, d5)));
  const minusB2 = f32x4.splat(-B2), a = f32x4.splat(A1);
  const evenA = multiplyAdd(minusB2, d2, d4), oddA = f32x4.mul(a, multiplyAdd(minusB2, d1, d3));
  v128.store(to + positionStride, f32x4.add(evenA, oddA));
  v128.store(to + 2 * positionStride, f32x4.sub(evenA, oddA));
  const minusA2 = f32x4.splat(-A2), b = f32x4.splat(B1);
  const evenB = multiplyAdd(minusA2, d2, d4), oddB = f32x4.mul(b, multiplyAdd(minusA2, d1, d3));
  v128.store(to + 3 * positionStride, f32x4.add(evenB, oddB));
  v128.store(to + 4 * positionStride, f32x4.sub(evenB, oddB));
}

/** Aᵀ on six positions below one another, to [4][6 columns] in scratch. */
function transformProducts(from: usize, down: usize, scratch: usize): void {
  const m0 = v128.load(from), m1 = v128.load(from + down), m2 = v128.load(from + 2 * down);
  const m3 = v128.load(from + 3 * down), m4 = v128.load(from + 4 * down), m5 = v128.load(from + 5 * down);
  const evenA = f32x4.add(m1, m2), oddA = f32x4.sub(m1, m2), evenB = f32x4.add(m3, m4), oddB = f32x4.sub(m3, m4);
  v128.store(scratch, f32x4.add(m0, f32x4.add(evenA, evenB)));
  v128.store(scratch, multiplyAdd(f32x4.splat(A1), oddA, f32x4.mul(f32x4.splat(B1), oddB)), 96);
  v128.store(scratch, multiplyAdd(f32x4.splat(A2), evenA, f32x4.mul(f32x4.splat(B2), evenB)), 192);
  v128.store(scratch, multiplyAdd(f32x4.splat(A3), oddA, multiplyAdd(f32x4.splat(B3), oddB, m5)), 288);
}

/** Aᵀ on a row of scratch, with bias and limits, to up to four pixels, of which the first `channels` channels are stored. */
function finishRow(scratch: usize, bias: v128, low: v128, high: v128, to: usize, pixelBytes: usize, pixels: i32, channels: i32): void {
  const m0 = v128.load(scratch), m1 = v128.load(scratch, 16), m2 = v128.load(scratch, 32);
  const m3 = v128.load(scratch, 48), m4 = v128.load(scratch, 64), m5 = v128.load(scratch, 80);
  const evenA = f32x4.add(m1, m2), oddA = f32x4.sub(m1, m2), evenB = f32x4.add(m3, m4), oddB = f32x4.sub(m3, m4);
  const y0 = clipped(f32x4.add(f32x4.add(m0, bias), f32x4.add(evenA, evenB)), low, high);
  const y1 = clipped(multiplyAdd(f32x4.splat(A1), oddA, multiplyAdd(f32x4.splat(B1), oddB, bias)), low, high);
  const y2 = clipped(multiplyAdd(f32x4.splat(A2), evenA, multiplyAdd(f32x4.splat(B2), evenB, bias)), low, high);
  const y3 = clipped(multiplyAdd(f32x4.splat(A3), oddA, multiplyAdd(f32x4.splat(B3), oddB, f32x4.add(m5, bias))), low, high);
  if (pixels == 4 && channels >= 4) {
    v128.store(to, y0);
    v128.store(to + pixelBytes, y1);
    v128.store(to + 2 * pixelBytes, y2);
    v128.store(to + 3 * pixelBytes, y3);
    return;
  }
  storeLanes(to, y0, channels);
  if (pixels > 1) storeLanes(to + pixelBytes, y1, channels);
  if (pixels > 2) storeLanes(to + 2 * pixelBytes, y2, channels);
  if (pixels > 3) storeLanes(to + 3 * pixelBytes, y3, channels);
}

/**
 * Tiles from..to of the image, of a layer `tilesAcross` tiles wide, to [position][tile − firstTile][channel], positions
 * `positionStride` bytes apart. inputChannels: a multiple of 4. scratch: TILE_BYTES.
 */
function inputTiles(
  image: usize, rowBytes: i32, inputChannels: i32, tilesAcross: i32, transformed: usize, positionStride: i32, firstTile: i32,
  scratch: usize, from: i32, to: i32,
): void {
  const pixelBytes = inputChannels << 2;
  const across: usize = positionStride, down: usize = 6 * positionStride;
  for (let tile = from; tile < to; tile++) {
    const y = tile / tilesAcross, x = tile - y * tilesAcross;
    let corner: usize = image + (y * rowBytes + x * pixelBytes) * 4;
    let at: usize = transformed + (tile - firstTile) * pixelBytes;
    const end = corner + pixelBytes;
    for (; corner < end; corner += 16) {
      for (let column = 0; column < 6; column++) transformColumn(corner + column * pixelBytes, rowBytes, scratch + (column << 4));
      for (let row = 0; row < 6; row++) transformRow(scratch + row * 96, at + row * down, across);
      at += 16;
    }
  }
}

/** Products of `tiles` tiles at positions from..to. Weights: [position][output block][input channel][8]. */
function multiplyTiles(
  transformed: usize, inputStride: i32, tileOffsets: usize, inputChannels: i32, weights: usize, zeros: usize,
  products: usize, outputStride: i32, blockChannels: i32, tiles: i32, from: i32, to: i32,
): void {
  const weightStride = (inputChannels * blockChannels) << 2;
  for (let position = from; position < to; position++) {
    multiplyRows(
      transformed + position * inputStride, tileOffsets, zeros, 1, inputChannels, weights + position * weightStride, zeros,
      products + position * outputStride, blockChannels, -Infinity, Infinity, 0, tiles,
    );
  }
}

/** Products of tiles from..to, [position][tile − firstTile][blockChannels], to clipped pixels of the output. */
function outputTiles(
  products: usize, positionStride: i32, blockChannels: i32, firstTile: i32, tilesAcross: i32, bias: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, low: f32, high: f32,
  scratch: usize, from: i32, to: i32,
): void {
  const lowest = f32x4.splat(low), highest = f32x4.splat(high);
  const pixelBytes = outputChannels << 2, rowBytes = outputWidth * pixelBytes;
  const across: usize = positionStride, down: usize = 6 * positionStride;
  for (let tile = from; tile < to; tile++) {
    const y = (tile / tilesAcross) << 2, x = (tile - (tile / tilesAcross) * tilesAcross) << 2;
    const rows = min(4, outputHeight - y), columns = min(4, outputWidth - x);
    let at: usize = products + (((tile - firstTile) * blockChannels) << 2);
    let pixel: usize = output + y * rowBytes + x * pixelBytes;
    for (let c = 0; c < outputChannels; c += 4) {
      for (let column = 0; column < 6; column++) transformProducts(at + column * across, down, scratch + (column << 4));
      const b = v128.load(bias + (c << 2));
      for (let row = 0; row < rows; row++) {
        finishRow(scratch + row * 96, b, lowest, highest, pixel + row * rowBytes, pixelBytes, columns, outputChannels - c);
      }
      at += 16;
      pixel += 16;
    }
  }
}

/**
 * Work items: blocks of `blockTiles` tiles, each through all three stages while it is in the cache. `scratch` has
 * `scratchBytes` for every block; a call uses only those of its first.
 */
export function float32WinogradBlocks(
  image: usize, rowBytes: i32, inputChannels: i32, tilesAcross: i32, tiles: i32, blockTiles: i32,
  weights: usize, zeros: usize, bias: usize, tileOffsets: usize, inputStride: i32, outputStride: i32,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, low: f32, high: f32,
  scratch: usize, scratchBytes: i32, from: i32, to: i32,
): void {
  const blockChannels = (outputChannels + 7) & ~7;
  const between = scratch + from * scratchBytes;
  const transformed = between + TILE_BYTES;
  const products = transformed + POSITIONS * inputStride;
  for (let block = from; block < to; block++) {
    const first = block * blockTiles, last = min(first + blockTiles, tiles);
    inputTiles(image, rowBytes, inputChannels, tilesAcross, transformed, inputStride, first, between, first, last);
    multiplyTiles(
      transformed, inputStride, tileOffsets, inputChannels, weights, zeros, products, outputStride, blockChannels, last - first, 0, POSITIONS,
    );
    outputTiles(
      products, outputStride, blockChannels, first, tilesAcross, bias, output, outputHeight, outputWidth, outputChannels, low, high,
      between, first, last,
    );
  }
}

/** Work items: tiles. For layers of few tiles, whose threads share every stage instead. `scratch` has TILE_BYTES for every tile. */
export function float32WinogradInput(
  image: usize, rowBytes: i32, inputChannels: i32, tilesAcross: i32, transformed: usize, inputStride: i32, scratch: usize,
  from: i32, to: i32,
): void {
  inputTiles(image, rowBytes, inputChannels, tilesAcross, transformed, inputStride, 0, scratch + from * TILE_BYTES, from, to);
}

/** Work items: the 36 positions. */
export function float32WinogradProducts(
  transformed: usize, inputStride: i32, tileOffsets: usize, inputChannels: i32, weights: usize, zeros: usize,
  products: usize, outputStride: i32, blockChannels: i32, tiles: i32, from: i32, to: i32,
): void {
  multiplyTiles(
    transformed, inputStride, tileOffsets, inputChannels, weights, zeros, products, outputStride, blockChannels, tiles, from, to,
  );
}

/** Work items: tiles. */
export function float32WinogradOutput(
  products: usize, outputStride: i32, blockChannels: i32, tilesAcross: i32, bias: usize,
  output: usize, outputHeight: i32, outputWidth: i32, outputChannels: i32, low: f32, high: f32, scratch: usize,
  from: i32, to: i32,
): void {
  outputTiles(
    products, outputStride, blockChannels, 0, tilesAcross, bias, output, outputHeight, outputWidth, outputChannels, low, high,
    scratch + from * TILE_BYTES, from, to,
  );
}
