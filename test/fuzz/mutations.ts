import type { Random } from '../../core/base/random.ts';

/** Ways in which files get damaged. Each returns new bytes. */
export const MUTATIONS: readonly { readonly name: string; readonly apply: (bytes: Uint8Array, random: Random) => Uint8Array }[] = [
  { name: 'cut off', apply: (bytes, random) => bytes.slice(0, random.integer(0, bytes.length)) },
  { name: 'one bit', apply: (bytes, random) => withChange(bytes, (copy) => (copy[random.integer(0, copy.length)] ^= 1 << random.integer(0, 8))) },
  { name: 'one byte', apply: (bytes, random) => withChange(bytes, (copy) => (copy[random.integer(0, copy.length)] = random.integer(0, 256))) },
  {
    name: 'several bytes',
    apply: (bytes, random) =>
      withChange(bytes, (copy) => {
        for (let i = 0; i < 16; i++) copy[random.integer(0, copy.length)] = random.integer(0, 256);
      }),
  },
  {
    name: 'a length that is absurd',
    apply: (bytes, random) => withChange(bytes, (copy) => copy.fill(0xff, random.integer(0, copy.length), random.integer(0, copy.length) + 5)),
  },
  {
    name: 'a part that is missing',
    apply: (bytes, random) => {
      const start = random.integer(0, bytes.length);
      const end = Math.min(bytes.length, start + random.integer(1, 40));
      const result = new Uint8Array(bytes.length - (end - start));
      result.set(bytes.subarray(0, start));
      result.set(bytes.subarray(end), start);
      return result;
    },
  },
  {
    name: 'a part that appears twice',
    apply: (bytes, random) => {
      const start = random.integer(0, bytes.length);
      const end = Math.min(bytes.length, start + random.integer(1, 40));
      const result = new Uint8Array(bytes.length + (end - start));
      result.set(bytes.subarray(0, end));
      result.set(bytes.subarray(start), end);
      return result;
    },
  },
  {
    name: 'zeros',
    apply: (bytes, random) =>
      withChange(bytes, (copy) => {
        const start = random.integer(0, copy.length);
        copy.fill(0, start, start + random.integer(1, 64));
      }),
  },
];

function withChange(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}
