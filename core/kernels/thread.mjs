// A helper thread of the kernels, in plain JavaScript so that every host can start it: Chromium workers and Node's. It shares the
// linear memory, waits for calls, and makes its part of each. See threads.ts for the other side.

/** Words of the control block. */
export const CONTROL = { generation: 0, remaining: 1, sleeping: 2, ready: 3, stop: 4, failed: 5, export: 6, argumentCount: 7, items: 8, scratch: 9, grain: 10 };
export const CONTROL_WORDS = 16;
/** Arguments follow the words, as float64: offsets, counts and float32 limits alike. */
export const MOST_ARGUMENTS = 24;
export const CONTROL_BYTES = CONTROL_WORDS * 4 + MOST_ARGUMENTS * 8;

/** Looks at a word this often before it sleeps: some 50 µs, the time between two layers of a small network. */
const SPINS = 20_000;

/** Waits until word `index` is no longer `value`: spins first, since a sleeping thread takes tens of microseconds to wake. */
export function waitWhile(control, index, value) {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(control, index) !== value) return;
  Atomics.add(control, CONTROL.sleeping, 1);
  while (Atomics.load(control, index) === value) Atomics.wait(control, index, value);
  Atomics.sub(control, CONTROL.sleeping, 1);
}

/** Where a thread's part begins: item `thread` · items / threads, down to a multiple of `grain`; the last part ends at the end. */
export function partStart(items, thread, threads, grain) {
  return thread === threads ? items : Math.floor((items * thread) / threads / grain) * grain;
}

/** Runs until told to stop; the message of `threads.ts` says with what. */
export function runThread({ module, memory, control, exports, thread, threads, scratch }) {
  const words = new Int32Array(control, 0, CONTROL_WORDS);
  const values = new Float64Array(control, CONTROL_WORDS * 4, MOST_ARGUMENTS);
  const program = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const functions = exports.map((name) => program[name]);
  // One list for every number of arguments: a call allocates nothing.
  const lists = Array.from({ length: MOST_ARGUMENTS + 4 }, (_, length) => new Array(length).fill(0));
  let generation = 0;
  Atomics.add(words, CONTROL.ready, 1);
  for (;;) {
    waitWhile(words, CONTROL.generation, generation);
    generation = Atomics.load(words, CONTROL.generation);
    if (Atomics.load(words, CONTROL.stop) === 1) return;
    const count = words[CONTROL.argumentCount];
    const items = words[CONTROL.items];
    const list = lists[count + 2 + words[CONTROL.scratch]];
    for (let i = 0; i < count; i++) list[i] = values[i];
    list[count] = partStart(items, thread, threads, words[CONTROL.grain]);
    list[count + 1] = partStart(items, thread + 1, threads, words[CONTROL.grain]);
    if (words[CONTROL.scratch] === 1) list[count + 2] = scratch;
    try {
      functions[words[CONTROL.export]].apply(undefined, list);
    } catch {
      Atomics.store(words, CONTROL.failed, 1);
    }
    if (Atomics.sub(words, CONTROL.remaining, 1) === 1) Atomics.notify(words, CONTROL.remaining);
  }
}
