/**
 * Names and extensions of the formats that can be opened, without their readers: the page and its dialogs read these rows.
 * What is opened is recognised by content (`index.ts`).
 */
export const IMPORT_FORMATS = {
  onnx: { name: 'ONNX', extensions: ['onnx'] },
  keras: { name: 'Keras HDF5', extensions: ['h5', 'hdf5'] },
  'keras-3': { name: 'Keras 3', extensions: ['keras'] },
  tfjs: { name: 'TensorFlow.js', extensions: ['json', 'zip'] },
  tflite: { name: 'TensorFlow Lite', extensions: ['tflite'] },
  bitmodel: { name: 'Bitwright network', extensions: ['bitmodel'] },
} as const satisfies Record<string, { readonly name: string; readonly extensions: readonly string[] }>;
export type ImportFormat = keyof typeof IMPORT_FORMATS;
