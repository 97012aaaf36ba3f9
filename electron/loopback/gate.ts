import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HOST_SOCKET_PATH, readProtocols } from '../../core/host/handshake.ts';

/** Who may connect: one exact host, one exact origin, and a token that works once or a secret made with one. */
export interface Gate {
  readonly origin: string;
  /** A fresh address with its own token. */
  newAddress(): string;
  pageRefusal(headers: IncomingHttpHeaders, target: string): Refusal | null;
  socketRefusal(headers: IncomingHttpHeaders, target: string): Refusal | null;
}

export interface Refusal {
  readonly status: number;
  readonly sentence: string;
}

const WRONG_HOST: Refusal = { status: 421, sentence: 'This address is not served here.' };
const WRONG_ORIGIN: Refusal = { status: 403, sentence: 'Other pages may not ask the studio for anything.' };
const WRONG_TOKEN: Refusal = { status: 403, sentence: 'This address has been used already: ask the studio for a new one.' };
const NOT_FOUND: Refusal = { status: 404, sentence: 'There is no such page.' };

/** Old tabs lose their secret first. */
const MOST_SESSIONS = 64;

export function createGate(host: string): Gate {
  const origin = `http://${host}`;
  let tokens: readonly string[] = [];
  let sessions: readonly string[] = [];

  const admit = (headers: IncomingHttpHeaders): boolean => {
    const asked = readProtocols((headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()));
    if (!asked) return false;
    if (sessions.some((session) => same(session, asked.session))) return true;
    const token = asked.token === null ? undefined : tokens.find((known) => same(known, asked.token!));
    if (token === undefined) return false;
    tokens = tokens.filter((known) => known !== token);
    sessions = [...sessions, asked.session].slice(-MOST_SESSIONS);
    return true;
  };

  return {
    origin,
    newAddress() {
      const token = randomBytes(32).toString('base64url');
      tokens = [...tokens, token];
      return `${origin}/#token=${token}`;
    },
    pageRefusal(headers, target) {
      if (headers.host !== host) return WRONG_HOST;
      if (headers.origin !== undefined && headers.origin !== origin) return WRONG_ORIGIN;
      // The raw target, before any URL is made of it: "//host" and "http://host/" would name another host.
      return target.startsWith('/') && !target.startsWith('//') ? null : NOT_FOUND;
    },
    socketRefusal(headers, target) {
      if (headers.host !== host) return WRONG_HOST;
      if (target !== HOST_SOCKET_PATH) return NOT_FOUND;
      // Only browsers can be tricked into connecting, and they always say from which page.
      if (headers.origin !== origin) return WRONG_ORIGIN;
      return admit(headers) ? null : WRONG_TOKEN;
    },
  };
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
