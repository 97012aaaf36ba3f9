import type { HostClient } from './host.ts';

/** Copying and sending a piece takes a few milliseconds of the page's time; a large file at once would take many. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** 32 random characters that name something of this page: a journal, a stage. */
export function ownId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends bytes piece by piece; the id is for the service that takes them. */
export async function stageBytes(machine: HostClient, bytes: Uint8Array): Promise<string> {
  const id = ownId();
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += PIECE_BYTES) {
    // A view would take its whole buffer along.
    await machine.stage({ id, offset, bytes: bytes.slice(offset, offset + PIECE_BYTES) });
  }
  return id;
}
