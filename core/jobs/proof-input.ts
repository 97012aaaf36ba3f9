import { writePacked } from '../export/packed/write.ts';
import { deploy } from '../runtime/deploy.ts';
import { sampleReader } from './batches.ts';
import type { Jobs } from './contract.ts';
import { sampleSize } from '../data/preprocess.ts';

/** Numbers of all samples together, 64 MiB: they are sent to another process. */
const MOST_NUMBERS = 2 ** 24;

/** Samples are copied: a reader fills the same buffer each time. */
export const proofInput: Jobs['proofInput'] = async ({ state, data, preprocess, samples: wanted }) => {
  const packed = writePacked(deploy(state));
  if (!data) return { packed, samples: null, count: wanted };
  const size = sampleSize(data);
  const count = Math.max(1, Math.min(wanted, data.test.count, Math.floor(MOST_NUMBERS / size)));
  const read = sampleReader(data, 'test', preprocess);
  const numbers = new Float32Array(count * size);
  for (let i = 0; i < count; i++) numbers.set(read(i), i * size);
  return { packed, samples: new Uint8Array(numbers.buffer), count };
};
