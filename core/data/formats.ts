/** Formats of data sets. Apart from the readers, because pages show the names and ask for the extensions. */
export const DATA_FORMATS = {
  idx: { name: 'IDX images and labels (MNIST)', extensions: ['gz', 'idx', 'idx1-ubyte', 'idx3-ubyte'] },
  cifar: { name: 'CIFAR-10 and CIFAR-100 binary', extensions: ['bin'] },
  numpy: { name: 'NumPy arrays', extensions: ['npy', 'npz'] },
  csv: { name: 'tables', extensions: ['csv', 'tsv'] },
  images: { name: 'a folder of images for each class', extensions: ['png', 'jpg', 'jpeg'] },
} as const satisfies Record<string, { readonly name: string; readonly extensions: readonly string[] }>;
export type DataFormat = keyof typeof DATA_FORMATS;
