// A helper thread of the kernels, in plain JavaScript so that every host can start it: Chromium workers and Node's. It shares the
// linear memory, waits for calls, and takes parts of each as they come. See threads.ts for the other side.

/**
 * Words of the control block. `ticket` is 256 · (number of the call) + the next part that nobody has taken. Who takes a part by
 * exchanging it may read the call: the first thread writes no other before every part is done.
 */
export const CONTROL = { ticket: 0, remaining: 1, sleeping: 2, ready: 3, stop: 4, failed: 5, export: 6, argumentCount: 7, items: 8, scratch: 9, grain: 10 };
export const CONTROL_WORDS = 16;
/** Arguments follow the words, as float64: offsets, counts and float32 limits alike. */
export const MOST_ARGUMENTS = 24;
export const CONTROL_BYTES = CONTROL_WORDS * 4 + MOST_ARGUMENTS * 8;
/** Parts for each thread: a thread that wakes late or loses its core for a moment leaves its parts to the others. */
export const PARTS_PER_THREAD = 4;
/** A ticket's part has 8 bits, and the number behind the last part must fit too. */
export const MOST_THREADS = Math.floor(255 / PARTS_PER_THREAD);

/** Looks at a word this often before it sleeps: some 0.2 ms, longer than what one thread does alone between two calls. */
const SPINS = 100_000;

/** Waits until word `index` is no longer `value`: spins first, since a sleeping thread takes tens of microseconds to wake. */
export function waitWhile(control, index, value) {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(control, index) !== value) return;
  Atomics.add(control, CONTROL.sleeping, 1);
  while (Atomics.load(control, index) === value) Atomics.wait(control, index, value);
  Atomics.sub(control, CONTROL.sleeping, 1);
}

/** Where a part begins: item `part` · items / parts, down to a multiple of `grain`; the last part ends at the end. */
function partStart(items, part, parts, grain) {
  return part === parts ? items : Math.floor((items * part) / parts / grain) * grain;
}

/** What takes parts of the current call until none is left; one for each thread. */
export function partTaker({ control, functions, parts, scratch }) {
  const words = new Int32Array(control, 0, CONTROL_WORDS);
  const values = new Float64Array(control, CONTROL_WORDS * 4, MOST_ARGUMENTS);
  // One list for every number of arguments: a call allocates nothing.
  const lists = Array.from({ length: MOST_ARGUMENTS + 4 }, (_, length) => new Array(length).fill(0));
  /** Returns the ticket that had no part left. */
  return () => {
    for (;;) {
      const ticket = Atomics.load(words, CONTROL.ticket);
      const part = ticket & 255;
      if (part >= parts) return ticket;
      if (Atomics.compareExchange(words, CONTROL.ticket, ticket, ticket + 1) !== ticket) continue;
      const count = words[CONTROL.argumentCount];
      const from = partStart(words[CONTROL.items], part, parts, words[CONTROL.grain]);
      const to = partStart(words[CONTROL.items], part + 1, parts, words[CONTROL.grain]);
      if (from < to) {
        const list = lists[count + 2 + words[CONTROL.scratch]];
        for (let i = 0; i < count; i++) list[i] = values[i];
        list[count] = from;
        list[count + 1] = to;
        if (words[CONTROL.scratch] === 1) list[count + 2] = scratch;
        try {
          functions[words[CONTROL.export]].apply(undefined, list);
        } catch {
          Atomics.store(words, CONTROL.failed, 1);
        }
      }
      if (Atomics.sub(words, CONTROL.remaining, 1) === 1) Atomics.notify(words, CONTROL.remaining);
    }
  };
}

/** Runs until told to stop; the message of `threads.ts` says with what. */
export function runThread({ module, memory, control, exports, parts, scratch }) {
  const words = new Int32Array(control, 0, CONTROL_WORDS);
  const program = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const takeParts = partTaker({ control, functions: exports.map((name) => program[name]), parts, scratch });
  Atomics.add(words, CONTROL.ready, 1);
  while (Atomics.load(words, CONTROL.stop) === 0) waitWhile(words, CONTROL.ticket, takeParts());
}
