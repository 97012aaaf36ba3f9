import { binary } from './binary/index.ts';
import { float32 } from './float32/index.ts';
import { int4 } from './int4/index.ts';
import { int8 } from './int8/index.ts';
import type { Scheme, SchemeId } from './scheme.ts';
import { ternary } from './ternary/index.ts';
import { xnor } from './xnor/index.ts';

/** The ladder, from heavy to light. Everything that differs between precisions is in its row. */
export const SCHEMES = { float32, int8, int4, ternary, binary, xnor } as const satisfies Record<SchemeId, Scheme>;

export const SCHEME_IDS = Object.keys(SCHEMES) as readonly SchemeId[];

export function isSchemeId(text: string): text is SchemeId {
  return Object.hasOwn(SCHEMES, text);
}
