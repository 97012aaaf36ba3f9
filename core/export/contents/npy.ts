const ALIGNMENT = 64;

/** A .npy file of format 1.0, float32, C order (NumPy, `numpy.lib.format`). */
export function writeNpy(shape: readonly number[], values: Float32Array): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join(' ')}), }`;
  const before = 10;
  const length = Math.ceil((before + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - before;
  const bytes = new Uint8Array(before + length + 4 * values.length);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), before);
  const view = new DataView(bytes.buffer, before + length);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}
