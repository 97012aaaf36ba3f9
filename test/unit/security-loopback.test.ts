import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { HostServices } from '../../core/host/contract.ts';
import { readProtocols, socketProtocols, tokenOfFragment } from '../../core/host/handshake.ts';
import { connect } from '../../core/rpc/connect.ts';
import { socketPipe } from '../../core/rpc/socket-pipe.ts';
import type { SocketLike } from '../../core/rpc/socket-pipe.ts';
import { createEventHub } from '../../electron/host/event-hub.ts';
import { createHandles } from '../../electron/host/handles.ts';
import { createPageHandler } from '../../electron/host/page.ts';
import { createHostServices } from '../../electron/host/services.ts';
import { startLoopback } from '../../electron/loopback/server.ts';
import type { Loopback } from '../../electron/loopback/server.ts';

let folder = '';
let loopback: Loopback;
let port = 0;
const SESSION = 's'.repeat(43);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitwright-loopback-'));
  await mkdir(join(folder, 'renderer'));
  await writeFile(join(folder, 'renderer', 'index.html'), '<!doctype html><title>Bitwright</title>');
  const services = createHostServices({
    userData: folder,
    shell: 'loopback',
    version: '0',
    ports: { openLink: async () => {} },
    handles: createHandles(),
    events: createEventHub(),
    launchPaths: [],
    now: () => new Date(0),
    proofThread: null,
  });
  loopback = await startLoopback(createPageHandler(join(folder, 'renderer')), services);
  port = Number(new URL(loopback.origin).port);
});
afterAll(async () => {
  await loopback.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
}

const ask = (headers: Record<string, string>, path = '/', method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });

const newToken = (): string => tokenOfFragment(new URL(loopback.newAddress()).hash)!;

/** Opens a socket; resolves with it, or with the status that refused it. */
const open = (protocols: string[], options: { origin?: string; host?: string; path?: string } = {}): Promise<WebSocket | number> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/host'}`, protocols, {
      ...('origin' in options ? (options.origin === undefined ? {} : { origin: options.origin }) : { origin: loopback.origin }),
      ...(options.host === undefined ? {} : { headers: { Host: options.host } }),
    });
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode!));
    socket.once('error', reject);
  });

describe('the loopback shell', () => {
  it('answers only to its own name (DNS rebinding)', async () => {
    expect((await ask({ Host: `127.0.0.1:${port}` })).status).toBe(200);
    for (const host of [`localhost:${port}`, 'evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port}.evil.example`]) {
      expect((await ask({ Host: host })).status, host).toBe(421);
    }
  });

  it('refuses what other pages ask', async () => {
    const own = { Host: `127.0.0.1:${port}` };
    expect((await ask({ ...own, Origin: loopback.origin })).status).toBe(200);
    for (const origin of ['https://evil.example', 'null', `http://localhost:${port}`, `http://127.0.0.1:${port + 1}`]) {
      expect((await ask({ ...own, Origin: origin })).status, origin).toBe(403);
    }
  });

  it('puts the policy and isolation headers on every answer, and no permission for other origins', async () => {
    const own = { Host: `127.0.0.1:${port}` };
    const answers = await Promise.all([ask(own), ask(own, '/none'), ask({ Host: 'evil.example' }), ask({ ...own, Origin: 'null' }), ask(own, '/', 'POST'), ask(own, '//evil.example/')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 421, 403, 405, 404]);
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('serves the host over a socket to the page that knows the token', async () => {
    const socket = (await open(socketProtocols({ token: newToken(), session: SESSION }))) as WebSocket;
    const client = connect<HostServices>(socketPipe(socket as unknown as SocketLike));
    expect(await client.capabilities(null)).toEqual({ dialogs: false, reveal: false, notify: false, compiler: null });
    await expect(client.readFile({ handle: '../../etc/passwd' })).rejects.toThrow('does not accept');
    socket.close();
  });

  it('a token works once; the tab that used it connects again with its own secret', async () => {
    const token = newToken();
    const session = 'r'.repeat(43);
    const first = await open(socketProtocols({ token, session }));
    const reload = await open(socketProtocols({ token: null, session }));
    const second = await open(socketProtocols({ token, session: 'x'.repeat(43) }));
    expect([first, reload].map((socket) => typeof socket)).toEqual(['object', 'object']);
    expect(second).toBe(403);
    (first as WebSocket).close();
    (reload as WebSocket).close();
  });

  it('a socket without the token, with a wrong one, or under another path is refused', async () => {
    const token = newToken();
    expect(await open([])).toBe(403);
    expect(await open(['bitwright.host'])).toBe(403);
    expect(await open(socketProtocols({ token: null, session: 'n'.repeat(43) }))).toBe(403);
    expect(await open(socketProtocols({ token: `${token.slice(0, -1)}_`, session: SESSION.replace('s', 't') }))).toBe(403);
    expect(await open(socketProtocols({ token: '', session: 'e'.repeat(43) }))).toBe(403);
    expect(await open(socketProtocols({ token, session: 'short' }))).toBe(403);
    expect(await open(socketProtocols({ token, session: SESSION }), { path: '/' })).toBe(404);
  });

  it('a socket from another page, from no page, or under another name is refused even with the token', async () => {
    const credentials = (): string[] => socketProtocols({ token: newToken(), session: 'o'.repeat(43) });
    expect(await open(credentials(), { origin: 'https://evil.example' })).toBe(403);
    expect(await open(credentials(), { origin: undefined as unknown as string })).toBe(403);
    expect(await open(credentials(), { host: 'evil.example' })).toBe(421);
  });

  it('tokens are long, differ, and stand in the fragment, which no server sees', () => {
    const addresses = Array.from({ length: 50 }, () => loopback.newAddress());
    expect(new Set(addresses).size).toBe(50);
    for (const address of addresses) {
      const url = new URL(address);
      expect(tokenOfFragment(url.hash)!.length).toBeGreaterThanOrEqual(43);
      expect(url.search).toBe('');
      expect(url.pathname).toBe('/');
    }
  });

  it('a message that is not one closes its own socket and nothing else', async () => {
    const [bad, good] = await Promise.all([0, 1].map((i) => open(socketProtocols({ token: newToken(), session: String(i).repeat(43) }))));
    const closed = new Promise<number>((resolve) => (bad as WebSocket).once('close', resolve));
    (bad as WebSocket).send('text');
    expect(await closed).toBe(1007);
    const client = connect<HostServices>(socketPipe(good as unknown as SocketLike));
    expect((await client.system(null)).shell).toBe('loopback');
    (good as WebSocket).close();
  });

  it('survives raw nonsense on its port', async () => {
    for (const text of ['GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 'NONSENSE\r\n\r\n', 'GET /host HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', `TRACE / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`]) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(port, '127.0.0.1', () => socket.end(text));
        socket.on('error', () => resolve());
        socket.on('close', () => resolve());
        socket.resume();
      });
    }
    expect((await ask({ Host: `127.0.0.1:${port}` })).status).toBe(200);
  });

  it('listens on the loopback address only', async () => {
    const outside = Object.values(networkInterfaces()).flat().find((face) => face && face.family === 'IPv4' && !face.internal);
    if (!outside) return;
    // The same port is free on the machine's other addresses, so nothing of ours is bound there.
    const probe = createServer();
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, outside.address, resolve);
    });
    expect((probe.address() as AddressInfo).port).toBe(port);
    probe.close();
  });

  it('the handshake reads back what it writes, and nothing else', () => {
    const credentials = { token: 'abc', session: SESSION };
    expect(readProtocols(socketProtocols(credentials))).toEqual(credentials);
    expect(readProtocols(socketProtocols({ token: null, session: SESSION }))).toEqual({ token: null, session: SESSION });
    expect(readProtocols(['bitwright.host', 'bitwright.session.x'])).toBeNull();
    expect(readProtocols([`bitwright.session.${SESSION}`])).toBeNull();
    expect(tokenOfFragment('#token=a-b_C9')).toBe('a-b_C9');
    for (const fragment of ['', '#', '#token=', '#token=a b', '#Token=a', '#token=a&x=1']) expect(tokenOfFragment(fragment), fragment).toBeNull();
  });
});
