import { builder as flexBuilder, toReference } from 'flatbuffers/js/flexbuffers.js';

/** A map of whole numbers as a flexbuffer, as custom operators carry their options; byte for byte what the C++ library writes. */
export function writeFlexMap(options: Readonly<Record<string, number>>): Uint8Array {
  const flex = flexBuilder();
  const entries = Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1));
  flex.startMap();
  for (const [name, value] of entries) {
    flex.addKey(name);
    flex.addInt(value);
  }
  flex.end();
  const bytes = flex.finish();
  // The last three bytes are about the map, before them a type for each value: C++ repeats in every one the width that all share.
  const width = bytes[bytes.length - 2] & 3;
  for (let i = bytes.length - 3 - entries.length; i < bytes.length - 3; i++) bytes[i] = (bytes[i] & ~3) | width;
  return bytes;
}

/** The numbers of a map that `writeFlexMap` made. */
export function readFlexMap(bytes: Uint8Array): Readonly<Record<string, number>> {
  return toReference(bytes.slice().buffer).toObject() as Readonly<Record<string, number>>;
}
