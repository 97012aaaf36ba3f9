import { describe, expect, it, vi } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { startBackend } from '../../core/train/backend/start.ts';

describe('The training engine', () => {
  it('says what to do when its WebAssembly file is not where it should be', async () => {
    // tfjs and its loader report the same on the console.
    const quiet = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}));
    const failure = await startBackend('/no/such/folder/').catch((error: unknown) => error);
    quiet.forEach((spy) => spy.mockRestore());
    expect(failure).toBeInstanceOf(StudioError);
    expect((failure as StudioError).message).toContain('could not start');
    expect((failure as StudioError).where).toBe('/no/such/folder/');
    expect((failure as StudioError).next).toContain('tfjs-backend-wasm-simd.wasm');
  });
});
