/**
 * How a page finds its host.
 *
 * Its own scheme means Electron: the page posts HOST_PORT_REQUEST to its window, and the preload answers with
 * HOST_PORT_REPLY and one MessagePort.
 *
 * Otherwise it came from the loopback shell: it opens a WebSocket to HOST_SOCKET_PATH with the subprotocols below. The
 * address that the studio opened carries a token in its fragment, where no server, log or Referer sees it. The token
 * works once. With it the page names a secret that it made itself and keeps in its session storage; later sockets of
 * the same tab (a reload) need only that.
 */
export const STUDIO_SCHEME = 'bitwright';
export const STUDIO_ORIGIN = 'bitwright://studio';

export const HOST_PORT_REQUEST = 'bitwright:host-port?';
export const HOST_PORT_REPLY = 'bitwright:host-port';

export const HOST_SOCKET_PATH = '/host';
export const HOST_SOCKET_PROTOCOL = 'bitwright.host';
const TOKEN_PREFIX = 'bitwright.token.';
const SESSION_PREFIX = 'bitwright.session.';

export interface SocketCredentials {
  /** From the address; null when it was used up by an earlier socket of this tab. */
  readonly token: string | null;
  /** 32 random bytes as base64url, made by the page. */
  readonly session: string;
}

export function socketProtocols({ token, session }: SocketCredentials): string[] {
  return [HOST_SOCKET_PROTOCOL, SESSION_PREFIX + session, ...(token === null ? [] : [TOKEN_PREFIX + token])];
}

/** What a socket asks for; null when it is not one of the studio's. */
export function readProtocols(protocols: readonly string[]): SocketCredentials | null {
  const after = (prefix: string): string | null => protocols.find((name) => name.startsWith(prefix))?.slice(prefix.length) ?? null;
  const session = after(SESSION_PREFIX);
  if (!protocols.includes(HOST_SOCKET_PROTOCOL) || session === null || !/^[A-Za-z0-9_-]{43}$/.test(session)) return null;
  return { token: after(TOKEN_PREFIX), session };
}

/** `#token=…` → the token; null without one. */
export function tokenOfFragment(fragment: string): string | null {
  return /^#token=([A-Za-z0-9_-]+)$/.exec(fragment)?.[1] ?? null;
}
