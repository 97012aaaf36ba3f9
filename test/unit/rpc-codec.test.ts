import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../core/rpc/codec.ts';

/** A message written by hand: a header as JSON, and parts after it. */
function handWritten(header: unknown, parts = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Math.ceil((4 + text.byteLength) / 8) * 8;
  const bytes = new Uint8Array(start + parts.byteLength);
  new DataView(bytes.buffer).setUint32(0, text.byteLength, true);
  bytes.set(text, 4);
  bytes.set(parts, start);
  return bytes;
}

/** xorshift32: the fuzz must not use the code base's own generator. */
function* random(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

describe('the codec', () => {
  it('carries a view of a larger buffer without the rest of the buffer', () => {
    const large = new Float32Array(1_000_000);
    expect(encodeMessage(large.subarray(10, 14)).byteLength).toBeLessThan(200);
  });

  it('gives every typed array its own buffer', () => {
    const [a, b] = decodeMessage(encodeMessage([new Uint8Array([1]), new Uint8Array([2])])) as Uint8Array[];
    expect(a!.buffer).not.toBe(b!.buffer);
  });

  it('never sets a prototype', () => {
    const hostile = handWritten('{"parts":[],"value":{"__proto__":{"admin":true}}}');
    expect(() => decodeMessage(hostile)).toThrow('__proto__');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([
    ['an empty message', new Uint8Array(0)],
    ['a header longer than the message', new Uint8Array([255, 255, 255, 127, 1])],
    ['a header that is not JSON', handWritten('{')],
    ['no parts', handWritten({ value: 1 })],
    ['a part outside the message', handWritten({ parts: [64], value: 1 }, new Uint8Array(8))],
    ['a negative part', handWritten({ parts: [-8], value: 1 })],
    ['a part that is not there', handWritten({ parts: [], value: { $: ['view', 'Uint8Array', 0] } })],
    ['an unknown view', handWritten({ parts: [8], value: { $: ['view', 'constructor', 0] } }, new Uint8Array(8))],
    ['an odd number of bytes of a wide view', handWritten({ parts: [3], value: { $: ['view', 'Float32Array', 0] } }, new Uint8Array(8))],
    ['an unknown tag', handWritten({ parts: [], value: { $: ['function', 'x'] } })],
    ['nesting without end', handWritten(`{"parts":[],"value":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow();
  });

  it('refuses what it cannot carry', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => encodeMessage(circle)).toThrow('nested');
    expect(() => encodeMessage({ f: () => 1 })).toThrow('function');
  });

  it('bytes changed at random (seed 7, 3,000 messages) either decode or throw an Error, quickly', () => {
    const numbers = random(7);
    const original = encodeMessage({ rpc: 'call', id: 1, method: 'importModel', arg: new Map([['a', new Float32Array(8)]]), list: [undefined, -0] });
    for (let round = 0; round < 3000; round++) {
      const bytes = original.slice(0, round % 5 === 0 ? numbers.next().value % original.byteLength : original.byteLength);
      for (let flips = 0; flips < 3; flips++) bytes[numbers.next().value % Math.max(1, bytes.byteLength)] = numbers.next().value & 255;
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
  });
});
