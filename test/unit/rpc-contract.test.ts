import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { CancelledError, StudioError } from '../../core/base/errors.ts';
import { connect, openConnection } from '../../core/rpc/connect.ts';
import { encodeMessage } from '../../core/rpc/codec.ts';
import { memoryPair } from '../../core/rpc/memory-pair.ts';
import { moving } from '../../core/rpc/moving.ts';
import type { Pipe, ServiceContext } from '../../core/rpc/pipe.ts';
import { portPipe } from '../../core/rpc/port-pipe.ts';
import type { PortLike } from '../../core/rpc/port-pipe.ts';
import { serve } from '../../core/rpc/serve.ts';
import { socketPipe } from '../../core/rpc/socket-pipe.ts';
import type { SocketLike } from '../../core/rpc/socket-pipe.ts';

interface Ends {
  readonly served: Pipe;
  readonly calling: Pipe;
  readonly end: () => void;
}

const PIPES: Record<string, () => Promise<Ends>> = {
  'an in-memory pair': async () => {
    const [served, calling] = memoryPair();
    return { served, calling, end: () => served.close() };
  },
  'a MessageChannel': async () => {
    const { port1, port2 } = new MessageChannel();
    return { served: portPipe(port1 as unknown as PortLike), calling: portPipe(port2 as unknown as PortLike), end: () => port1.close() };
  },
  'a WebSocket': async () => {
    const http = createServer();
    const sockets = new WebSocketServer({ server: http });
    const arrived = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const calling = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
    const served = await arrived;
    const pipe = (socket: WebSocket): Pipe => socketPipe(socket as unknown as SocketLike);
    return {
      served: pipe(served),
      calling: pipe(calling),
      end: () => {
        served.terminate();
        http.close();
      },
    };
  },
};

const until = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

class Inherited {
  inherited(): string {
    return 'reached';
  }
}

const listed = {
  add: async ({ a, b }: { a: number; b: number }) => a + b,
  echo: async (value: unknown) => value,
  nothing: async (_arg: null): Promise<void> => {},
  count: async (to: number, { report }: ServiceContext<number>) => {
    for (let i = 1; i <= to; i++) report(i);
    return to;
  },
  refuse: async (_arg: null) => {
    throw new StudioError('The file is cut short.', { where: 'digits.onnx, byte 812', next: 'Fetch it again.' });
  },
  crash: async (_arg: null) => {
    throw new RangeError('Out of reach.');
  },
  wait: async (_arg: null, { signal }: ServiceContext) => until(signal),
  abortLikeFetch: async (_arg: null, { signal }: ServiceContext) => {
    await until(signal).catch(() => {});
    signal.throwIfAborted();
    throw Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' });
  },
  ignoreCancel: async (milliseconds: number) => new Promise<string>((resolve) => setTimeout(() => resolve('late'), milliseconds)),
  finishOnCancel: async (_arg: null, { signal }: ServiceContext) => {
    await until(signal).catch(() => {});
    return 'what there was';
  },
  unsendable: async (_arg: null): Promise<unknown> => () => 'a function',
  hugeAndMoved: async (bytes: number) => {
    const image = new Uint8Array(bytes).fill(7);
    return moving({ image }, [image.buffer]);
  },
};
const services = Object.assign(Object.create(new Inherited()) as object, listed) as typeof listed;

describe.each(Object.entries(PIPES))('over %s', (name, open) => {
  let ends: Ends | null = null;
  afterEach(() => ends?.end());

  const start = async (cancelLimitMs = 2000, onUnresponsive?: (method: string) => void) => {
    ends = await open();
    const stop = serve(services, ends.served);
    const client = connect<typeof listed>(ends.calling, { cancelLimitMs, ...(onUnresponsive ? { onUnresponsive } : {}) });
    return { client, stop, ends };
  };

  it('a call is answered, and calls in flight do not mix', async () => {
    const { client } = await start();
    const sums = await Promise.all(Array.from({ length: 20 }, (_, i) => client.add({ a: i, b: 1 })));
    expect(sums).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await client.nothing(null)).toBeUndefined();
  });

  it('typed arrays, buffers, maps, sets, dates and every number survive', async () => {
    const { client } = await start();
    const value = {
      floats: new Float32Array([1.5, Number.NaN, -0, Infinity]),
      bytes: new Uint8Array([1, 2, 3]).subarray(1),
      signed: new Int8Array([-128, 127]),
      big: new BigInt64Array([-5n]),
      buffer: new Uint8Array([9, 8]).buffer,
      map: new Map<unknown, unknown>([['weights', new Float32Array([0.25])], [3, new Map([['inner', null]])]]),
      set: new Set(['a', 2]),
      date: new Date(86_400_000),
      numbers: [0, -0, Number.NaN, Infinity, -Infinity, 2 ** 53, 1e-320],
      bigint: 12345678901234567890n,
      missing: undefined,
      nothing: null,
      dollar: { $: ['undefined'], text: 'ü€😀' },
      list: [[], {}, [undefined]],
    };
    expect(await client.echo(value)).toEqual(value);
    const echoed = (await client.echo(value)) as typeof value;
    expect(Object.is(echoed.numbers[1], -0)).toBe(true);
    expect(echoed.bytes.buffer.byteLength).toBeGreaterThanOrEqual(2);
  });

  it('progress arrives in order and before the result', async () => {
    const { client } = await start();
    const seen: number[] = [];
    const result = await client.count(50, { onProgress: (n) => seen.push(n) });
    expect(result).toBe(50);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });

  it('a StudioError arrives whole, any other error with its name', async () => {
    const { client } = await start();
    const refused = await client.refuse(null).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StudioError);
    expect(refused).toMatchObject({ message: 'The file is cut short.', where: 'digits.onnx, byte 812', next: 'Fetch it again.' });
    expect((refused as Error).stack).toContain('rpc-contract.test');
    await expect(client.crash(null)).rejects.toMatchObject({ name: 'RangeError', message: 'Out of reach.' });
  });

  it('only functions that the table itself lists can be reached', async () => {
    const { client } = await start();
    const free = client as unknown as Record<string, (arg: unknown) => Promise<unknown>>;
    for (const method of ['inherited', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'absent']) {
      await expect(free[method]!(null), method).rejects.toThrow('There is no service called');
    }
  });

  it('a client can be awaited without being called', async () => {
    const { client } = await start();
    const { add } = await Promise.resolve(client);
    expect(await add({ a: 2, b: 3 })).toBe(5);
  });

  it('cancelling reaches the service, and the call ends as cancelled', async () => {
    const { client } = await start();
    for (const method of ['wait', 'abortLikeFetch'] as const) {
      const controller = new AbortController();
      const call = client[method](null, { signal: controller.signal });
      setTimeout(() => controller.abort(), 5);
      await expect(call, method).rejects.toBeInstanceOf(CancelledError);
    }
  });

  it('a service that answers a cancel with what it has is heard', async () => {
    const { client } = await start();
    const controller = new AbortController();
    const call = client.finishOnCancel(null, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    expect(await call).toBe('what there was');
  });

  it('a call whose signal is already aborted is never sent', async () => {
    const { client } = await start();
    await expect(client.add({ a: 1, b: 1 }, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
  });

  it('a cancel that is not honoured in time ends the call and says which method hangs', async () => {
    const hanging: string[] = [];
    const { client } = await start(20, (method) => hanging.push(method));
    const controller = new AbortController();
    const call = client.ignoreCancel(200, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toBeInstanceOf(CancelledError);
    expect(hanging).toEqual(['ignoreCancel']);
    expect(await client.add({ a: 1, b: 2 })).toBe(3);
  });

  it('a result that the pipe cannot carry is a failure, not silence', async () => {
    const { client } = await start();
    await expect(client.unsendable(null)).rejects.toThrow();
    expect(await client.add({ a: 1, b: 2 })).toBe(3);
  });

  it('moved buffers arrive', async () => {
    const { client } = await start();
    const { image } = await client.hugeAndMoved(1 << 20);
    expect(image.byteLength).toBe(1 << 20);
    expect(image[12345]).toBe(7);
    const sent = new Float32Array([1, 2, 3]);
    expect(await client.echo({ sent }, { transfer: [sent.buffer] })).toEqual({ sent: new Float32Array([1, 2, 3]) });
    if (name !== 'a WebSocket') expect(sent.byteLength).toBe(0);
  });

  it('when the other end closes, calls in flight and later calls end with a sentence', async () => {
    const { client, ends: running } = await start();
    const call = client.wait(null);
    await client.nothing(null);
    running.end();
    await expect(call).rejects.toThrow(/has closed/);
    await expect(client.nothing(null)).rejects.toThrow(/has closed/);
  });

  it('what is no request is not answered and harms nothing', async () => {
    const { client, ends: running } = await start();
    for (const noise of [null, 4, 'text', [], {}, { rpc: 'call' }, { rpc: 'call', id: 'x', method: 'add' }, { rpc: 'cancel', id: 99 }]) {
      running.calling.send(noise);
    }
    expect(await client.add({ a: 4, b: 4 })).toBe(8);
  });

  it('stopping the server cancels what runs, and closing a connection rejects what waits', async () => {
    ends = await open();
    let cancelled = false;
    const stop = serve({ hang: async (_arg: null, { signal }: ServiceContext) => until(signal).finally(() => (cancelled = true)) }, ends.served);
    const { client, close } = openConnection<{ hang: (arg: null, context: ServiceContext) => Promise<void> }>(ends.calling);
    const call = client.hang(null);
    close('The worker was ended.');
    await expect(call).rejects.toThrow('The worker was ended.');
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(cancelled).toBe(true);
  });
});

/** Between the other side's goodbye and the close of the socket, which is when a page is left while something is written. */
it('an answer that no longer reaches a WebSocket that is closing ends neither the process nor other calls', async () => {
  const arrivals: ((event: { data: unknown }) => void)[] = [];
  let readyState = 1;
  const sent: Uint8Array[] = [];
  const socket: SocketLike = {
    binaryType: '',
    get readyState() {
      return readyState;
    },
    send: (bytes) => void sent.push(bytes),
    close: () => {},
    addEventListener: (type: string, listener: (event: { data: unknown }) => void) => void (type === 'message' && arrivals.push(listener)),
  };
  let finish = (): void => {};
  serve({ write: () => new Promise<string>((resolve) => (finish = () => resolve('written'))) }, socketPipe(socket));
  const request = encodeMessage({ rpc: 'call', id: 1, method: 'write', arg: null });
  for (const arrive of arrivals) arrive({ data: request.buffer });
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  readyState = 2;
  finish();
  await new Promise((done) => setTimeout(done, 20));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
  expect(sent).toEqual([]);
});
