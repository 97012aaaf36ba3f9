import { expect, it } from 'vitest';
import { findGraphics } from '../../renderer/host/graphics.ts';

const adapter = (info: object, more: object = {}) => findGraphics({ requestAdapter: () => Promise.resolve({ info, ...more }) });

it('a graphics processor is found by its description, or by vendor and architecture', async () => {
  expect(await adapter({ vendor: 'nvidia', architecture: 'ampere', description: 'NVIDIA GeForce RTX 3060' })).toBe('NVIDIA GeForce RTX 3060');
  expect(await adapter({ vendor: 'apple', architecture: 'metal-3', description: '' })).toBe('apple metal-3');
});

it.each([
  ['says itself that it stands in', { vendor: 'intel', isFallbackAdapter: true }, {}],
  ['said so in the older way', { vendor: 'intel' }, { isFallbackAdapter: true }],
  ['is SwiftShader', { vendor: 'google', architecture: 'swiftshader' }, {}],
  ['is llvmpipe', { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.7, 256 bits)' }, {}],
])('one that %s is none', async (_what, info, more) => expect(await adapter(info, more)).toBeNull());

it('without WebGPU, without an adapter, and where asking fails there is none', async () => {
  expect(await findGraphics({ requestAdapter: () => Promise.resolve(null) })).toBeNull();
  expect(await findGraphics({ requestAdapter: () => Promise.reject(new Error('lost')) })).toBeNull();
  expect(await findGraphics()).toBeNull();
});
