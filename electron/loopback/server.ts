import { STATUS_CODES, createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { HostServices } from '../../core/host/contract.ts';
import { HOST_SOCKET_PROTOCOL } from '../../core/host/handshake.ts';
import { serve } from '../../core/rpc/serve.ts';
import { socketPipe } from '../../core/rpc/socket-pipe.ts';
import type { SocketLike } from '../../core/rpc/socket-pipe.ts';
import type { PageHandler } from '../host/page.ts';
import { pageHeaders } from '../host/page-headers.ts';
import { createGate } from './gate.ts';
import type { Gate, Refusal } from './gate.ts';

export interface Loopback {
  readonly origin: string;
  /** An address with a token in its fragment that works once. Whoever has it has the studio. */
  newAddress(): string;
  close(): Promise<void>;
}

const MOST_BYTES_PER_MESSAGE = 2 ** 31 - 1;

/** The studio as a page of this machine, bound to 127.0.0.1 on a free port. */
export async function startLoopback(page: PageHandler, services: HostServices, port = 0): Promise<Loopback> {
  const server = createServer();
  await listen(server, port);
  const gate = createGate(`127.0.0.1:${(server.address() as AddressInfo).port}`);

  server.on('request', (request, response) => {
    answer(page, gate, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, { status: 500, sentence: 'The page could not be read.' });
    });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES_PER_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: () => HOST_SOCKET_PROTOCOL,
  });
  server.on('upgrade', (request, socket, head) => {
    // A connection reset while it is refused is nobody's problem.
    socket.on('error', () => {});
    const refusal = gate.socketRefusal(request.headers, request.url ?? '');
    if (refusal) return refuseUpgrade(socket, refusal);
    sockets.handleUpgrade(request, socket, head, (accepted) => attach(accepted, services));
  });

  return {
    origin: gate.origin,
    newAddress: gate.newAddress,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(page: PageHandler, gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '';
  const refusal = gate.pageRefusal(request.headers, target);
  if (refusal) return refuse(response, refusal);
  const made = await page(new Request(gate.origin + target, { method: safeMethod(request.method) }));
  response.writeHead(made.status, Object.fromEntries(made.headers));
  response.end(Buffer.from(await made.arrayBuffer()));
}

/** The Request class throws on methods such as TRACE; to the page they are all just "not GET". */
function safeMethod(method: string | undefined): string {
  return method === 'GET' || method === 'HEAD' ? method : 'POST';
}

function refuse(response: ServerResponse, { status, sentence }: Refusal): void {
  response.writeHead(status, pageHeaders('/', 'text/plain; charset=utf-8'));
  response.end(`${sentence}\n`);
}

function refuseUpgrade(socket: Duplex, { status }: Refusal): void {
  const headers = Object.entries({ ...pageHeaders('/', 'text/plain; charset=utf-8'), Connection: 'close', 'Content-Length': '0' });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
}

function attach(socket: WebSocket, services: HostServices): void {
  // Without a listener a protocol error of one page would end the whole process; 'close' follows it.
  socket.on('error', () => {});
  serve(services, socketPipe(socket as unknown as SocketLike));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
