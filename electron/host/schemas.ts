import * as z from 'zod/mini';
import { StudioError } from '../../core/base/errors.ts';

// No code from strings, in any process: the page's policy forbids it, and this side keeps to the same rule.
z.config({ jitless: true });

const MEBIBYTE = 1024 * 1024;
const handle = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
const shortText = z.string().check(z.maxLength(200));
const facts = z.record(shortText, z.union([z.string().check(z.maxLength(500)), z.number()]));
const settingsValue = z.json();
const own = z.string().check(z.regex(/^[a-z0-9]{16,40}$/));
const blob = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const dataHash = z.string().check(z.minLength(1), z.maxLength(200));

/** What each host service accepts. Strict: an unknown field is refused; every text and list has a size. */
export const ARGUMENTS = {
  capabilities: z.null(),
  system: z.null(),
  settingsRead: z.null(),
  settingsWrite: z.record(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9.-]{0,60}$/)), settingsValue),
  recentsRead: z.null(),
  recentsNote: z.strictObject({ handle, kind: z.enum(['model', 'project', 'data']), facts }),
  launchFiles: z.null(),
  events: z.null(),
  chooseFiles: z.strictObject({
    title: shortText,
    extensions: z.array(z.string().check(z.regex(/^[a-z0-9._]{1,20}$/i))).check(z.maxLength(50)),
    folder: z.boolean(),
    multiple: z.boolean(),
  }),
  readFile: z.strictObject({ handle }),
  writePackage: z.strictObject({
    folderName: z.string().check(z.minLength(1), z.maxLength(100)),
    files: z
      .array(z.strictObject({ path: z.string().check(z.minLength(1), z.maxLength(300)), bytes: z.instanceof(Uint8Array) }))
      .check(z.minLength(1), z.maxLength(2000)),
  }),
  revealFile: z.strictObject({ handle }),
  openLink: z.strictObject({ url: z.string().check(z.maxLength(2000)) }),
  notify: z.strictObject({ title: shortText, body: z.string().check(z.maxLength(1000)) }),
  stage: z.strictObject({ id: own, offset: z.int().check(z.minimum(0)), bytes: z.instanceof(Uint8Array) }),
  saveProject: z.strictObject({ staged: own, handle: z.nullable(handle), name: z.string().check(z.minLength(1), z.maxLength(100)) }),
  journals: z.null(),
  journalHold: z.strictObject({ id: own }),
  journalBlobs: z.strictObject({ id: own }),
  journalPut: z.strictObject({ id: own, name: blob, staged: own }),
  journalWrite: z.strictObject({ id: own, staged: own, blobs: z.array(blob).check(z.maxLength(50_000)), facts, handle: z.nullable(handle) }),
  journalRead: z.strictObject({ id: own }),
  journalReadBlob: z.strictObject({ id: own, name: blob }),
  journalDrop: z.strictObject({ id: own }),
  noteDataFiles: z.strictObject({ hash: dataHash, handles: z.array(handle).check(z.minLength(1), z.maxLength(500)) }),
  proveC99: z.strictObject({ staged: own, name: z.string().check(z.minLength(1), z.maxLength(100)), samples: z.nullable(own), count: z.int().check(z.minimum(1), z.maximum(10_000)) }),
  findDataFiles: z.strictObject({ hash: dataHash }),
} as const;

export type ServiceName = keyof typeof ARGUMENTS;

export const LIMITS = {
  settingsBytes: MEBIBYTE,
  factsCount: 40,
  packageBytes: 1024 * MEBIBYTE,
  fileBytes: 1024 * MEBIBYTE,
  stagedBytes: 1024 * MEBIBYTE,
  journalBytes: 1024 * MEBIBYTE,
  allJournalsBytes: 4096 * MEBIBYTE,
} as const;

export function checkArgument<K extends ServiceName>(name: K, arg: unknown): z.output<(typeof ARGUMENTS)[K]> {
  const result = z.safeParse(ARGUMENTS[name], arg);
  if (result.success) return result.data as z.output<(typeof ARGUMENTS)[K]>;
  const issue = result.error.issues[0];
  const where = issue?.path.map(String).join('.') ?? '';
  throw new StudioError(`The host was asked for "${name}" with something it does not accept.`, where === '' ? {} : { where });
}
