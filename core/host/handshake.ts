/**
 * How a page finds its host. Its own scheme means Electron: the page posts HOST_PORT_REQUEST to its window and the
 * preload answers with HOST_PORT_REPLY and one MessagePort. Otherwise it came from the loopback shell: it opens a
 * WebSocket to HOST_SOCKET_PATH with the subprotocols of `socketProtocols(token)`, the token being in the address's
 * fragment (`#token=…`), where no server, log or Referer sees it.
 */
export const STUDIO_SCHEME = 'bitwright';
export const STUDIO_ORIGIN = 'bitwright://studio';

export const HOST_PORT_REQUEST = 'bitwright:host-port?';
export const HOST_PORT_REPLY = 'bitwright:host-port';

export const HOST_SOCKET_PATH = '/host';
export const HOST_SOCKET_PROTOCOL = 'bitwright.host';
const TOKEN_PREFIX = 'bitwright.token.';

export function socketProtocols(token: string): string[] {
  return [HOST_SOCKET_PROTOCOL, TOKEN_PREFIX + token];
}

/** The token among the subprotocols that a socket asks for; null without one. */
export function tokenOfProtocols(protocols: readonly string[]): string | null {
  if (!protocols.includes(HOST_SOCKET_PROTOCOL)) return null;
  return protocols.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length) ?? null;
}

/** `#token=…` → the token; null without one. */
export function tokenOfFragment(fragment: string): string | null {
  return /^#token=([A-Za-z0-9_-]+)$/.exec(fragment)?.[1] ?? null;
}
