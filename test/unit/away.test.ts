import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const told: { readonly title: string; readonly body: string }[] = [];
vi.mock('../../renderer/host/machine.ts', () => ({ host: () => ({ notify: async (notice: (typeof told)[number]) => void told.push(notice) }) }));

const { tellIfAway } = await import('../../renderer/host/away.ts');
const { sessionStore } = await import('../../renderer/state/session.ts');

let back: () => void = () => {};
beforeEach(() => {
  told.length = 0;
  vi.stubGlobal('document', { hidden: true, addEventListener: (_name: string, listener: () => void) => (back = listener) });
  sessionStore.setState({ endedAway: null, capabilities: { dialogs: true, reveal: true, notify: true, compiler: null } });
});
afterEach(() => vi.unstubAllGlobals());

test('long work that ends out of sight is told by the machine and in the title, until the window is looked at', () => {
  tellIfAway('Training QAT 1 has ended.', '', 60_000);
  expect(told).toEqual([{ title: 'Training QAT 1 has ended.', body: '' }]);
  expect(sessionStore.getState().endedAway).toBe('Training QAT 1 has ended.');
  back();
  expect(sessionStore.getState().endedAway).toBeNull();
});

test('short work is not told, nor any in sight', () => {
  tellIfAway('Measuring accuracy has ended.', '', 900);
  vi.stubGlobal('document', { hidden: false });
  tellIfAway('Training QAT 1 has ended.', '', 60_000);
  expect(told).toEqual([]);
  expect(sessionStore.getState().endedAway).toBeNull();
});

test('where the machine shows no notices the title says it alone', () => {
  sessionStore.setState({ capabilities: { dialogs: false, reveal: false, notify: false, compiler: null } });
  tellIfAway('Training QAT 1 failed.', 'No memory.', 60_000);
  expect(told).toEqual([]);
  expect(sessionStore.getState().endedAway).toBe('Training QAT 1 failed.');
});
