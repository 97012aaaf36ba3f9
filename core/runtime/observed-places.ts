import type { LayerGeometry } from '../kernels/kernel.ts';
import type { SignRows } from '../quant/covariance.ts';

/** Places of a layer's result, spread over images. */
export interface Places {
  /** Fan-in. */
  readonly inputs: number;
  readonly images: number;
  readonly perImage: number;
  /** How many are looked at, at the most. */
  readonly most: number;
  /** What a padded one-bit input counts as: +1 instead of −1. */
  readonly padsPlus: boolean;
}

/** An image is looked at in at least a quarter of its places before the next one is taken, and so many images at least. */
const SHARE_OF_IMAGE = 0.25;
const FEWEST_IMAGES = 48;

/** Collects what a layer reads at such places: values, or signs against a centre a channel and the results that go with them. */
export class ObservedPlaces {
  readonly inputs: number;
  readonly images: number;
  /** [rows, inputs]; null where signs are collected. */
  readonly values: Float32Array | null;
  readonly signs: SignRows;
  /** [rows, channels], of signs. */
  readonly targets: Float32Array;
  private readonly geometry: LayerGeometry;
  private readonly centre: Float32Array | null;
  private readonly padsPlus: boolean;
  private readonly perImage: number;
  private readonly stride: number;
  private row = 0;

  constructor(geometry: LayerGeometry, { inputs, images, perImage, most, padsPlus }: Places, centre: Float32Array | null) {
    this.geometry = geometry;
    this.centre = centre;
    this.padsPlus = padsPlus;
    this.inputs = inputs;
    this.perImage = perImage;
    this.images = Math.min(images, Math.max(FEWEST_IMAGES, Math.ceil(most / Math.max(1, SHARE_OF_IMAGE * perImage))));
    const rows = Math.min(most, this.images * perImage);
    this.stride = (this.images * perImage) / rows;
    this.values = centre ? null : new Float32Array(rows * inputs);
    this.signs = { inputs, rows, columns: new Uint32Array(centre ? inputs * Math.ceil(rows / 32) : 0) };
    this.targets = new Float32Array(centre ? rows * geometry.outputChannels : 0);
  }

  /** In the order of the images. */
  add(image: number, input: Float32Array, result: Float32Array | null): void {
    const { outputWidth, outputChannels } = this.geometry;
    for (; this.row < this.signs.rows; this.row++) {
      const pixel = Math.floor(this.row * this.stride) - image * this.perImage;
      if (pixel >= this.perImage) return;
      if (this.values) this.copyInputs(pixel, input, this.values.subarray(this.row * this.inputs, (this.row + 1) * this.inputs));
      else if (result) {
        this.targets.set(result.subarray(pixel * outputChannels, (pixel + 1) * outputChannels), this.row * outputChannels);
        this.setSigns(Math.floor(pixel / outputWidth), pixel % outputWidth, input);
      }
    }
  }

  private copyInputs(pixel: number, input: Float32Array, row: Float32Array): void {
    const { outputWidth } = this.geometry;
    this.eachTap(Math.floor(pixel / outputWidth), pixel % outputWidth, (from, to, channels) => {
      if (from >= 0) row.set(input.subarray(from, from + channels), to);
    });
  }

  private setSigns(oy: number, ox: number, input: Float32Array): void {
    const { columns, rows } = this.signs;
    const words = Math.ceil(rows / 32);
    const [word, bit] = [this.row >>> 5, 1 << (this.row & 31)];
    const centre = this.centre as Float32Array;
    this.eachTap(oy, ox, (from, to, channels) => {
      for (let c = 0; c < channels; c++) {
        const plus = from < 0 ? this.padsPlus : input[from + c] >= centre[(from + c) % centre.length];
        if (plus) columns[(to + c) * words + word] |= bit;
      }
    });
  }

  /** `from` is where the tap's channels begin in the input, −1 in the padding; `to` where they stand among the layer's inputs. */
  private eachTap(oy: number, ox: number, visit: (from: number, to: number, channels: number) => void): void {
    const g = this.geometry;
    let to = 0;
    for (let ky = 0; ky < g.kernelHeight; ky++) {
      const y = oy * g.strideY + ky * g.dilationY - g.padTop;
      for (let kx = 0; kx < g.kernelWidth; kx++, to += g.inputChannels) {
        const x = ox * g.strideX + kx * g.dilationX - g.padLeft;
        const inside = y >= 0 && y < g.inputHeight && x >= 0 && x < g.inputWidth;
        visit(inside ? (y * g.inputWidth + x) * g.inputChannels : -1, to, g.inputChannels);
      }
    }
  }
}
