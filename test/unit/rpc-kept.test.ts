import { describe, expect, it } from 'vitest';
import { receivesKept, sendsKept } from '../../core/rpc/kept.ts';
import type { Pipe } from '../../core/rpc/pipe.ts';

/** A pipe that clones as a worker does, with what was sent and what arrived. */
function clonedPipe(isKept: (value: object) => boolean) {
  const listeners: ((message: unknown) => void)[] = [];
  const sent: unknown[] = [];
  const wire: Pipe = {
    send(message) {
      const copy: unknown = structuredClone(message);
      sent.push(copy);
      for (const listener of listeners) listener(copy);
    },
    onMessage(listener) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const arrived: unknown[] = [];
  receivesKept(wire).onMessage((message) => arrived.push(message));
  return { pipe: sendsKept(wire, isKept), sent, arrived };
}

const call = (id: number, arg: unknown) => ({ rpc: 'call', id, method: 'evaluate', arg });

describe('objects that are kept across calls', () => {
  it('cross once; later calls find the same object', () => {
    const model = { graph: { nodes: Array.from({ length: 100 }, (_, index) => ({ id: `node ${index}` })) }, weights: new Map([['a', new Float32Array([1, 2])]]) };
    const { pipe, sent, arrived } = clonedPipe((value) => value === model);
    const arg = { state: { model, plan: { a: 1 } }, reference: model, limit: 10 };
    for (let id = 1; id <= 3; id++) pipe.send(call(id, arg));
    expect(arrived).toEqual([call(1, arg), call(2, arg), call(3, arg)]);
    const models = arrived.map((message) => (message as { arg: typeof arg }).arg.state.model);
    expect(models[1]).toBe(models[0]);
    expect(models[2]).toBe(models[0]);
    expect(JSON.stringify(sent[0]).length).toBeGreaterThan(1_000);
    expect(JSON.stringify(sent[1]).length).toBeLessThan(250);
    expect(arg.state.model).toBe(model);
  });

  it('are forgotten when they are no longer held, and sent again when they are back', () => {
    const held = new Set<object>();
    const { pipe, sent, arrived } = clonedPipe((value) => held.has(value));
    const model = { name: 'first' };
    held.add(model);
    pipe.send(call(1, { model }));
    held.clear();
    pipe.send(call(2, { limit: 1 }));
    expect(sent[1]).toMatchObject({ forgotten: [1] });
    held.add(model);
    pipe.send(call(3, { model }));
    expect(arrived).toEqual([call(1, { model }), call(2, { limit: 1 }), call(3, { model })]);
  });

  it('are a few at a time: the one that was not named for longest goes', () => {
    const { pipe, sent, arrived } = clonedPipe((value) => 'big' in value);
    const models = Array.from({ length: 30 }, (_, big) => ({ big }));
    for (const [id, model] of models.entries()) pipe.send(call(id, { first: models[0], model }));
    expect(arrived).toEqual(models.map((model, id) => call(id, { first: models[0], model })));
    const forgotten = sent.flatMap((message) => (message as { forgotten?: number[] }).forgotten ?? []);
    expect(forgotten).toHaveLength(30 - 8);
    expect(forgotten).not.toContain(1);
  });

  it('that could not be sent are not taken as known', () => {
    const model = { name: 'kept' };
    const { pipe, arrived } = clonedPipe((value) => value === model);
    expect(() => pipe.send(call(1, { model, broken: () => 0 }))).toThrow();
    pipe.send(call(2, { model }));
    expect(arrived).toEqual([call(2, { model })]);
  });

  it('leave other messages as they are', () => {
    const { pipe, sent, arrived } = clonedPipe(() => false);
    pipe.send({ rpc: 'cancel', id: 4 });
    pipe.send(call(5, { state: { plan: {} } }));
    expect(sent).toEqual(arrived);
    expect(arrived).toEqual([{ rpc: 'cancel', id: 4 }, call(5, { state: { plan: {} } })]);
  });
});
