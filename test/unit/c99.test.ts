import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../core/base/random.ts';
import { c99 } from '../../core/export/c99/index.ts';
import { doubleLiteral, floatLiteral, int32Literal } from '../../core/export/c99/literals.ts';
import { commentText, fileStem, identifierOf } from '../../core/export/c99/names.ts';
import { writeC99 } from '../../core/export/c99/write.ts';
import { exportNetwork } from '../../core/jobs/export-network.ts';
import { deploy } from '../../core/runtime/deploy.ts';
import { NO_CALIBRATION } from '../../core/runtime/watch.ts';
import { compileC, findCompiler } from '../../electron/host/compile-c.ts';
import { COMPILER, runWith } from '../fixtures/c-compiler.ts';
import { NetworkBuilder, plainNetwork } from '../fixtures/networks.ts';

const NAMES = ['', '9 lives', '日本', 'größe 3', '../..', '_Bool', 'a*/int x;/*', '"; system("x"); "', 'line\nbreak', 'c:\\new', 'what??/', '-rf', 'x'.repeat(200)];
const text = (file: { readonly bytes: Uint8Array }): string => new TextDecoder().decode(file.bytes);
const context = { signal: new AbortController().signal, report: () => {} };

describe('names in C', () => {
  it.each(NAMES)('of a network named %j are identifiers, file names and comments that end where they should', (name) => {
    expect(identifierOf(name)).toMatch(/^[A-Za-z]\w{0,60}$/);
    expect(fileStem(name)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
    expect(commentText(name)).not.toMatch(/\*|\\|\n|\?|"/);
  });
  it('keep the length of a name, so that files can be renamed with their package', () => {
    expect(fileStem('resnet-8-größe-3')).toBe('resnet-8-gr__e-3');
  });
  it.skipIf(COMPILER === null).each(NAMES)('of a network, its file and its layers that are all %j compile', (name) => {
    const net = new NetworkBuilder(1, [1, 4, 4, 2]);
    net.dense(`${name}dense`, net.flatten(`${name}flat`, net.conv(`${name}conv`, 'input', 3)), 2);
    const program = deploy({ model: net.build(name), plan: {}, calibration: NO_CALIBRATION });
    const files = writeC99(program, name);
    const sources = files.map(({ path }) => path).filter((path) => path.endsWith('.c')).map((path) => `./${path}`);
    const command = [COMPILER ?? 'cc', '-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', ...sources, '-o', 'selftest'];
    expect(runWith(files, [command, ['./selftest']])).toEqual({ code: 0, output: '' });
  });
});

describe('numbers in C', () => {
  it('are read back to the same bits', () => {
    const random = createRandom(3);
    const bits = new Uint32Array(1);
    const value = new Float32Array(bits.buffer);
    for (let i = 0; i < 20_000; i++) {
      bits[0] = random.word();
      if (Number.isFinite(value[0])) expect(Object.is(Math.fround(Number(floatLiteral(value[0]).slice(0, -1))), value[0])).toBe(true);
    }
    expect(floatLiteral(Number.POSITIVE_INFINITY)).toBe('3.40282347e+38f');
    expect([floatLiteral(0), floatLiteral(-0), floatLiteral(6), doubleLiteral(1), int32Literal(-(2 ** 31))]).toEqual(['0.0f', '-0.0f', '6.0f', '1.0', '(-2147483647 - 1)']);
  });
});

describe('the files', () => {
  const model = plainNetwork(1);
  const program = deploy({ model, plan: {}, calibration: NO_CALIBRATION });
  it('include nothing but string.h, stdint.h and their own header, and allocate nothing', () => {
    const [main, header] = writeC99(program, 'plain');
    const included = [...(text(main) + text(header)).matchAll(/#include (\S+)/g)].map((match) => match[1]);
    expect(new Set(included)).toEqual(new Set(['"plain.h"', '<stdint.h>', '<string.h>']));
    expect(text(main)).not.toMatch(/malloc|calloc|alloca/);
  });
  it('are the same every time', () => {
    expect(writeC99(program, 'plain').map(text)).toEqual(writeC99(program, 'plain').map(text));
  });
  it('cannot be proved without a compiler, which is said with what to do', async () => {
    const state = { model, plan: {}, calibration: NO_CALIBRATION };
    const job = (proofSamples: number) => exportNetwork({ target: 'c99', state, name: 'plain', data: null, preprocess: 'unit', proofSamples }, context);
    await expect(job(1)).rejects.toThrow(/no C compiler here/);
    expect((await job(0)).files.map(({ path }) => path)).toEqual(['plain.c', 'plain.h', 'plain_selftest.c']);
  });
  it('are refused where a network has two inputs', () => {
    const two = { ...program, network: { ...program.network, inputs: [0, 0] } };
    expect(c99.supports(two)).toEqual([{ layer: null, severity: 'refused', message: expect.stringContaining('2 and 1') }]);
    expect(c99.supports(program)).toEqual([]);
  });
});

describe('the compiler of this machine', () => {
  it('is looked for in absolute folders of the search path alone', async () => {
    expect(await findCompiler('')).toBeNull();
    expect(await findCompiler(['.', 'bin', ''].join(delimiter))).toBeNull();
    if (COMPILER !== null) expect(await findCompiler(process.env['PATH'])).toBe(COMPILER);
  });

  describe.skipIf(COMPILER === null)('works in a folder that', () => {
    const compiler = COMPILER ?? 'cc';
    const source = (code: string) => [{ path: 'main.c', bytes: new TextEncoder().encode(code) }];
    const left = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('bitwright-c-'));
    const inOwnFolder = async (work: () => Promise<void>): Promise<void> => {
      const folder = mkdtempSync(join(tmpdir(), 'bitwright-test-'));
      const before = process.env['TMPDIR'];
      process.env['TMPDIR'] = folder;
      try {
        await work();
        await expect.poll(left).toEqual([]);
      } finally {
        if (before === undefined) delete process.env['TMPDIR'];
        else process.env['TMPDIR'] = before;
        rmSync(folder, { recursive: true });
      }
      expect(existsSync(folder)).toBe(false);
    };

    it('is removed when the program is closed', () =>
      inOwnFolder(async () => {
        const built = await compileC(compiler, source('#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c + 1); return 0; }'), new AbortController().signal);
        expect(left()).toHaveLength(1);
        expect(await built.run(Uint8Array.of(1, 2, 200))).toEqual(Uint8Array.of(2, 3, 201));
        await built.close();
      }));
    it('is removed when the compiler complains, in its words', () =>
      inOwnFolder(async () => {
        await expect(compileC(compiler, source('int main(void) { return nothing; }'), new AbortController().signal)).rejects.toThrow(/does not compile.*nothing/s);
      }));
    it('is removed when the work is cancelled', () =>
      inOwnFolder(async () => {
        const stop = new AbortController();
        const built = await compileC(compiler, source('int main(void) { for (;;) {} }'), stop.signal);
        const running = built.run(new Uint8Array());
        setTimeout(() => stop.abort(), 50);
        await expect(running).rejects.toThrow('Cancelled.');
        await built.close();
        await expect(compileC(compiler, source('int main(void) { return 0; }'), stop.signal)).rejects.toThrow('Cancelled.');
      }));
    it('gives no program that fails a say', () =>
      inOwnFolder(async () => {
        const built = await compileC(compiler, source('int main(void) { return 3; }'), new AbortController().signal);
        await expect(built.run(Uint8Array.of(1))).rejects.toThrow(/ended with code 3/);
        await built.close();
      }));
  });
});
