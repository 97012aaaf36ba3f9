import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StudioError } from '../../core/base/errors.ts';
import { createRandom } from '../../core/base/random.ts';
import { crc32 } from '../../core/export/packed/bytes.ts';
import { writePacked } from '../../core/export/packed/write.ts';
import { elementCount } from '../../core/graph/graph.ts';
import { exportProgram } from '../../core/jobs/export-network.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { createProvers } from '../../electron/host/provers.ts';
import { proveC99 } from '../../electron/proof/prove-c99.ts';
import { COMPILER, machineWith } from '../fixtures/c-compiler.ts';
import { startHost } from '../fixtures/host.ts';
import { plainNetwork } from '../fixtures/networks.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const program = deploy({ model: plainNetwork(1), plan: {}, calibration: NO_CALIBRATION });
const packed = writePacked(program);
const size = elementCount(program.network.buffers[program.network.inputs[0]].shape);
const folder = mkdtempSync(join(tmpdir(), 'bitwright-provers-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(COMPILER === null)('a packed network proved as C99', () => {
  const compiler = COMPILER ?? 'cc';
  it('gives the files and the proof that the command line gives', async () => {
    const random = createRandom(4);
    const samples = Float32Array.from({ length: 3 * size }, () => random.normal());
    const rows: string[] = [];
    const report = ({ row }: { readonly row?: { readonly layer: string } }): void => void (row && rows.push(row.layer));
    const result = await proveC99({ compiler, packed, name: 'net', samples: new Uint8Array(samples.buffer), count: 3 }, { ...context, report });
    const expected = await exportProgram(
      program,
      { target: 'c99', name: 'net', data: null, preprocess: 'raw', proofSamples: 3, samples: (i) => samples.subarray(i * size, (i + 1) * size) },
      context,
      machineWith([]),
    );
    expect(result).toEqual(expected);
    expect(result.proof).toMatchObject({ equal: true, samples: 3, answersEqual: 3 });
    expect(rows).toEqual(result.proof.rows.map(({ layer }) => layer));
  });

  it('is refused where its samples are of another size, or it is damaged under a right checksum', async () => {
    await expect(proveC99({ compiler, packed, name: 'net', samples: new Uint8Array(12), count: 3 }, context)).rejects.toThrow(/samples are 12 bytes/);
    const random = createRandom(7);
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      const bytes = packed.slice();
      // The structure, where every byte means something.
      for (let k = 0; k < 4; k++) bytes[random.integer(16, 300)] = random.integer(0, 256);
      new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)), true);
      const failure = await proveC99({ compiler: '/nothing/cc', packed: bytes, name: 'net', samples: null, count: 1 }, context).catch((error: unknown) => error);
      if (failure instanceof StudioError) refused++;
    }
    expect(refused).toBeGreaterThan(30);
  });
});

describe('the threads that prove', () => {
  const request = { packed, name: 'net', samples: null, count: 1 };
  const script = (name: string, text: string): string => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, text);
    return path;
  };

  it('are not offered where they were not built, nor where there is no compiler', async () => {
    expect(await createProvers(null).compilerName()).toBeNull();
    await expect(createProvers(null).prove(request, context)).rejects.toThrow(/no C compiler on this computer/);
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      expect(await createProvers('x').compilerName()).toBeNull();
      await expect(createProvers('x').prove(request, context)).rejects.toThrow(/no C compiler on this computer/);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it.skipIf(COMPILER === null)('name the compiler without its path', async () => {
    expect(await createProvers('x').compilerName()).toMatch(/^(cc|gcc|clang)$/);
  });

  it.skipIf(COMPILER === null)('that fail end their own proof with a sentence, and the next one runs', async () => {
    const provers = createProvers(script('failing', "throw new Error('no room');"));
    for (let i = 0; i < 2; i++) await expect(provers.prove(request, context)).rejects.toThrow('The proof ended early: no room');
  });

  it.skipIf(COMPILER === null)('that do not listen are ended 2 seconds after a cancel', async () => {
    const provers = createProvers(script('deaf', "import { parentPort } from 'node:worker_threads'; parentPort.once('message', () => { for (;;) {} });"));
    const stop = new AbortController();
    const proof = provers.prove(request, { ...context, signal: stop.signal });
    const startedMs = performance.now();
    setTimeout(() => stop.abort(), 100);
    await expect(proof).rejects.toThrow('Cancelled.');
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it('take what was staged, with every argument checked', async () => {
    const host = startHost(folder, () => new Date(0));
    const id = 'a'.repeat(32);
    await expect(host.proveC99({ staged: id, name: 'net', samples: null, count: 1 }, context)).rejects.toThrow(/did not arrive/);
    await expect(host.proveC99({ staged: id, name: 'net', samples: null, count: 0 }, context)).rejects.toThrow(/does not accept/);
    await expect(host.proveC99({ staged: id, name: '', samples: null, count: 1 }, context)).rejects.toThrow(/does not accept/);
    await expect(host.proveC99({ staged: id, name: 'net', samples: null, count: 1, flags: ['-x'] } as never, context)).rejects.toThrow(/does not accept/);
    expect((await host.capabilities(null, context)).compiler).toBeNull();
  });
});
