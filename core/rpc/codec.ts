import { StudioError } from '../base/errors.ts';

/**
 * Messages for pipes that carry bytes: what structured clone carries and the studio uses (plain data, typed arrays,
 * ArrayBuffer, Map, Set, Date, bigint, undefined, every number) survives the way there.
 *
 * Layout: u32 LE length of the header, the header (JSON, UTF-8), then the binary parts, each at a multiple of 8.
 * Header: `{ parts: sizes in bytes, value }`. What JSON cannot say is `{ "$": [tag, …] }` in the value.
 */
const DEEPEST = 200;
const ALIGNMENT = 8;

const VIEWS = {
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const;
type ViewName = keyof typeof VIEWS;

export function encodeMessage(message: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const value = encodeValue(message, parts, 0);
  const header = new TextEncoder().encode(JSON.stringify({ parts: parts.map((part) => part.byteLength), value }));
  let offset = aligned(4 + header.byteLength);
  const total = parts.reduce((sum, part) => aligned(sum + part.byteLength), offset);
  const bytes = new Uint8Array(total);
  new DataView(bytes.buffer).setUint32(0, header.byteLength, true);
  bytes.set(header, 4);
  for (const part of parts) {
    bytes.set(part, offset);
    offset = aligned(offset + part.byteLength);
  }
  return bytes;
}

/** Every typed array of the result owns its buffer, as after a structured clone. */
export function decodeMessage(bytes: Uint8Array): unknown {
  if (bytes.byteLength < 4) throw malformed(`it is ${bytes.byteLength} bytes long`);
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  if (4 + headerLength > bytes.byteLength) throw malformed('its header is longer than the message');
  const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + headerLength)));
  const { parts: sizes, value } = (header ?? {}) as { parts?: unknown; value?: unknown };
  if (!Array.isArray(sizes)) throw malformed('its header has no list of parts');
  let offset = aligned(4 + headerLength);
  const parts = sizes.map((size: unknown) => {
    const fits = Number.isSafeInteger(size) && (size as number) >= 0 && offset + (size as number) <= bytes.byteLength;
    if (!fits) throw malformed('one of its parts is outside the message');
    const part = bytes.slice(offset, offset + (size as number));
    offset = aligned(offset + (size as number));
    return part;
  });
  return decodeValue(value, parts, 0);
}

function encodeValue(value: unknown, parts: Uint8Array[], depth: number): unknown {
  if (depth > DEEPEST) throw new StudioError(`A message is nested more than ${DEEPEST} deep.`);
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: ['number', Object.is(value, -0) ? '-0' : String(value)] };
    case 'bigint':
      return { $: ['bigint', String(value)] };
    case 'undefined':
      return { $: ['undefined'] };
    case 'object':
      return value === null ? null : encodeObject(value, parts, depth + 1);
    default:
      throw new StudioError(`A ${typeof value} cannot be sent in a message.`);
  }
}

function encodeObject(value: object, parts: Uint8Array[], depth: number): unknown {
  const encode = (inner: unknown): unknown => encodeValue(inner, parts, depth);
  if (Array.isArray(value)) return value.map(encode);
  if (ArrayBuffer.isView(value)) {
    const name = viewName(value);
    parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return { $: ['view', name, parts.length - 1] };
  }
  if (value instanceof ArrayBuffer) {
    parts.push(new Uint8Array(value));
    return { $: ['buffer', parts.length - 1] };
  }
  if (value instanceof Map) return { $: ['map', [...value].map(([key, inner]) => [encode(key), encode(inner)])] };
  if (value instanceof Set) return { $: ['set', [...value].map(encode)] };
  if (value instanceof Date) return { $: ['date', value.getTime()] };
  const plain = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
  return '$' in plain ? { $: ['object', plain] } : plain;
}

/** Subclasses (a Node Buffer is a Uint8Array) travel as the type they extend. */
function viewName(view: ArrayBufferView): ViewName {
  for (const name of Object.keys(VIEWS) as ViewName[]) if (view instanceof VIEWS[name]) return name;
  throw new StudioError('A typed array of an unknown kind cannot be sent in a message.');
}

function decodeValue(value: unknown, parts: readonly Uint8Array<ArrayBuffer>[], depth: number): unknown {
  if (depth > DEEPEST) throw malformed(`it is nested more than ${DEEPEST} deep`);
  if (typeof value !== 'object' || value === null) return value;
  const decode = (inner: unknown): unknown => decodeValue(inner, parts, depth + 1);
  if (Array.isArray(value)) return value.map(decode);
  const tagged = (value as { $?: unknown }).$;
  if (!Object.hasOwn(value, '$')) return decodeFields(value, decode);
  if (!Array.isArray(tagged)) throw malformed('it has a tag that is not a list');
  return decodeTagged(tagged, parts, decode);
}

function decodeFields(value: object, decode: (inner: unknown) => unknown): object {
  const entries = Object.entries(value);
  if (entries.some(([key]) => key === '__proto__')) throw malformed('it has a field called "__proto__"');
  return Object.fromEntries(entries.map(([key, inner]) => [key, decode(inner)]));
}

function decodeTagged(tagged: readonly unknown[], parts: readonly Uint8Array<ArrayBuffer>[], decode: (inner: unknown) => unknown): unknown {
  const [tag, first, second] = tagged;
  const list = (): readonly unknown[] => {
    if (!Array.isArray(first)) throw malformed(`its ${String(tag)} is not a list`);
    return first;
  };
  const part = (index: unknown): Uint8Array<ArrayBuffer> => {
    const found = parts[index as number];
    if (!found) throw malformed('it names a part that it does not have');
    return found;
  };
  switch (tag) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(first);
    case 'bigint':
      return BigInt(first as string);
    case 'date':
      return new Date(first as number);
    case 'map':
      return new Map(list().map((pair) => [decode((pair as unknown[])[0]), decode((pair as unknown[])[1])]));
    case 'set':
      return new Set(list().map(decode));
    case 'object':
      return decodeFields(first as object, decode);
    case 'buffer':
      return part(first).buffer;
    case 'view':
      if (!Object.hasOwn(VIEWS, first as string)) throw malformed('it has a typed array of an unknown kind');
      return new (VIEWS[first as ViewName] as new (buffer: ArrayBuffer) => ArrayBufferView)(part(second).buffer);
    default:
      throw malformed(`it has an unknown tag "${String(tag).slice(0, 40)}"`);
  }
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function malformed(what: string): StudioError {
  return new StudioError(`A message could not be read: ${what}.`);
}
