import { openConnection } from '../../core/rpc/connect.ts';
import { portPipe } from '../../core/rpc/port-pipe.ts';
import { socketPipe } from '../../core/rpc/socket-pipe.ts';
import type { Client, Pipe } from '../../core/rpc/pipe.ts';
import type { HostServices } from '../../core/host/contract.ts';
import {
  HOST_PORT_REPLY,
  HOST_PORT_REQUEST,
  HOST_SOCKET_PATH,
  socketProtocols,
  STUDIO_ORIGIN,
  tokenOfFragment,
} from '../../core/host/handshake.ts';

export type HostClient = Client<HostServices>;

/** How long the preload may take to answer; it is there before the page runs. */
const PORT_LIMIT_MS = 5000;

/** The machine behind the page; null where there is none, and the page then uses its own file inputs and downloads. */
export async function connectHost(): Promise<HostClient | null> {
  const pipe = `${location.protocol}//${location.host}` === STUDIO_ORIGIN ? await electronPipe() : loopbackPipe();
  return pipe && openConnection<HostServices>(pipe).client;
}

function electronPipe(): Promise<Pipe | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(null), PORT_LIMIT_MS);
    const receive = (event: MessageEvent): void => {
      if (event.source === window && event.data === HOST_PORT_REPLY && event.ports[0]) done(portPipe(event.ports[0], { moves: false }));
    };
    const done = (pipe: Pipe | null): void => {
      clearTimeout(timer);
      window.removeEventListener('message', receive);
      resolve(pipe);
    };
    window.addEventListener('message', receive);
    window.postMessage(HOST_PORT_REQUEST, location.origin);
  });
}

const SESSION_KEY = 'bitwright.session';

/** The token works once and leaves the address at once; the secret made with it stays with this tab for reloads. */
function loopbackPipe(): Pipe | null {
  const token = tokenOfFragment(location.hash);
  if (token !== null) {
    sessionStorage.setItem(SESSION_KEY, randomSecret());
    history.replaceState(null, '', location.pathname + location.search);
  }
  const session = sessionStorage.getItem(SESSION_KEY);
  if (session === null) return null;
  const address = new URL(HOST_SOCKET_PATH, location.href);
  address.protocol = 'ws:';
  return socketPipe(new WebSocket(address, socketProtocols({ token, session })));
}

/** 32 random bytes as base64url. */
function randomSecret(): string {
  const binary = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
