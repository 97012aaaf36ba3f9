/** What a package may hold beside the network's own files. Words for people; `index.ts` in this folder writes them. */
export const CONTENTS = {
  readme: { name: 'Read-me', description: 'how it is run, what is in the folder, and how each number was measured', initial: true },
  vectors: { name: 'Test vectors', description: 'inputs and golden outputs as .npy, to test any runtime with', initial: true },
  recipe: { name: 'Recipe', description: 'makes the same bytes again: bitwright replay', initial: false },
  report: { name: 'Report', description: 'one page to read, print and send', initial: false },
} as const satisfies Record<string, { readonly name: string; readonly description: string; readonly initial: boolean }>;

export type ContentId = keyof typeof CONTENTS;

export function isContentId(text: string): text is ContentId {
  return Object.hasOwn(CONTENTS, text);
}

/** Pictures among the test vectors. */
export const VECTORS = 16;
