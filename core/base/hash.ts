/** SHA-256 (FIPS 180-4), synchronous so that keys can be made anywhere, workers and tests included. */
export interface Hasher {
  update(data: Uint8Array | string): Hasher;
  /** Lower-case hexadecimal, 64 characters. Ends the hasher. */
  digest(): string;
}

const ROUND_CONSTANTS = fractionalRoots(3, 64);
const INITIAL_STATE = fractionalRoots(2, 8);

/** First 32 bits of the fractional parts of the square or cube roots of the first primes, as the standard defines. */
function fractionalRoots(degree: 2 | 3, count: number): Uint32Array {
  const words = new Uint32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (prime) words[found++] = Number(integerRoot(BigInt(candidate) << BigInt(32 * degree), degree) & 0xffffffffn);
  }
  return words;
}

/** Largest r with r^degree ≤ value; exact, unlike a double. */
function integerRoot(value: bigint, degree: 2 | 3): bigint {
  let low = 0n;
  let high = 1n << 48n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(degree) <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}

function compress(state: Uint32Array, schedule: Uint32Array, bytes: Uint8Array, offset: number): void {
  for (let i = 0, p = offset; i < 16; i++, p += 4) {
    schedule[i] = (bytes[p] << 24) | (bytes[p + 1] << 16) | (bytes[p + 2] << 8) | bytes[p + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15];
    const y = schedule[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[i] = schedule[i - 16] + s0 + schedule[i - 7] + s1;
  }
  let a = state[0] | 0, b = state[1] | 0, c = state[2] | 0, d = state[3] | 0;
  let e = state[4] | 0, f = state[5] | 0, g = state[6] | 0, h = state[7] | 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND_CONSTANTS[i] + schedule[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

export function createHasher(): Hasher {
  const state = INITIAL_STATE.slice();
  const schedule = new Uint32Array(64);
  const block = new Uint8Array(64);
  let filled = 0;
  let totalBytes = 0;

  const hasher: Hasher = {
    update(data) {
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
      totalBytes += bytes.length;
      let position = 0;
      if (filled > 0) {
        position = Math.min(64 - filled, bytes.length);
        block.set(bytes.subarray(0, position), filled);
        filled += position;
        if (filled < 64) return hasher;
        compress(state, schedule, block, 0);
        filled = 0;
      }
      for (; position + 64 <= bytes.length; position += 64) compress(state, schedule, bytes, position);
      block.set(bytes.subarray(position));
      filled = bytes.length - position;
      return hasher;
    },
    digest() {
      block[filled++] = 0x80;
      if (filled > 56) {
        block.fill(0, filled);
        compress(state, schedule, block, 0);
        filled = 0;
      }
      block.fill(0, filled);
      const view = new DataView(block.buffer);
      view.setUint32(56, Math.floor(totalBytes / 0x20000000));
      view.setUint32(60, (totalBytes * 8) >>> 0);
      compress(state, schedule, block, 0);
      return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
    },
  };
  return hasher;
}

/** Hexadecimal SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hasher = createHasher();
  for (const part of parts) hasher.update(part);
  return hasher.digest();
}
