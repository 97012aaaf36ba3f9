import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_FILES } from '../../core/export/web/package-files.generated.ts';
import { layersOf } from '../../core/graph/graph.ts';
import type { ExportResult } from '../../core/jobs/contract.ts';
import { exportNetwork } from '../../core/jobs/export-network.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { importModule } from '../../electron/cli/import-module.ts';
import { plainNetwork } from '../fixtures/networks.ts';
import { pixelsFor } from '../fixtures/pixels.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-web-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const progress = { signal: new AbortController().signal, report: () => {} };
const model = plainNetwork(1);
const data = pixelsFor(model, 40, { classes: 5 });

async function exported(name: string, machine?: Parameters<typeof exportNetwork>[2]): Promise<ExportResult> {
  const calibration = await JOBS.calibrate({ model, data, preprocess: 'unit', samples: 16 }, progress);
  const plan = Object.fromEntries(layersOf(model.graph).map(({ id }) => [id, { scheme: 'int8' as const }]));
  return exportNetwork({ target: 'web', state: { model, plan, calibration }, name, data, preprocess: 'unit', proofSamples: 8 }, progress, machine);
}

function put({ files }: ExportResult, under: string): string {
  for (const { path, bytes } of files) {
    const to = join(folder, under, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, bytes);
  }
  return join(folder, under, dirname(files[0].path));
}

function selftest(at: string): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['selftest.mjs'], { cwd: at, encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

describe('the web package', () => {
  let result: ExportResult;
  let at: string;
  beforeAll(async () => {
    result = await exported('digits', { compileC: null, openOnnx: null, importModule });
    at = put(result, 'written');
  });

  it('is proved by the written runtime itself where text may run, and says so', () => {
    expect(result.proof).toMatchObject({ equal: true, samples: 8, answersEqual: 8, ties: 0 });
    expect(result.proof.reader).toMatch(/^the written bitwright-runtime\.js itself/);
  });

  it('is proved by the studio’s own modules where it may not, and does not claim more', async () => {
    const { proof } = await exported('digits');
    expect(proof.equal).toBe(true);
    expect(proof.reader).toMatch(/^the studio’s own modules.*SHA-256/);
  });

  it('has the same bytes each time, of which only the runtime is not small', async () => {
    const again = await exported('digits');
    expect(again.files).toEqual(result.files);
    const runtime = Buffer.from(PACKAGE_FILES['bitwright-runtime.js']);
    expect(runtime.length).toBeLessThan(110_000);
    expect(gzipSync(runtime).length).toBeLessThan(54_000);
  });

  it('carries inference alone, and neither imports nor evaluates anything', () => {
    const runtime = PACKAGE_FILES['bitwright-runtime.js'];
    expect(runtime).not.toMatch(/\bimport\b|\beval\b|new Function|\brequire\(|tensorflow|adam/i);
  });

  it('tests itself in Node', () => {
    expect(selftest(at)).toEqual({ code: 0, output: expect.stringMatching(/8 vectors are equal: WebAssembly with SIMD/) });
  });

  it.each(['WebAssembly', 'DecompressionStream'])('gives the golden outputs without %s too, and says that it is slow', (absent) => {
    const script = `delete globalThis.${absent};
      const { readFileSync } = await import('node:fs');
      const { loadNetwork } = await import('./bitwright-runtime.js');
      const network = await loadNetwork(readFileSync('digits.bitw'));
      const vectors = new Float32Array(new Uint8Array(readFileSync('vectors.bin')).buffer);
      const output = network.run(vectors.slice(0, 192));
      console.log(network.engine, output.every((value, i) => Object.is(value, vectors[192 + i])));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: at, encoding: 'utf8' });
    expect(stdout, stderr).toMatch(/reference.* true\n$/);
  });

  it('is a package that others import by its name', () => {
    const user = join(folder, 'user');
    cpSync(at, join(user, 'node_modules', 'digits'), { recursive: true });
    writeFileSync(join(user, 'use.mjs'), "import { readFileSync } from 'node:fs';\nimport { loadNetwork } from 'digits';\nconst network = await loadNetwork(readFileSync('node_modules/digits/digits.bitw'));\nconsole.log(network.outputShape.join());\n");
    expect(spawnSync(process.execPath, ['use.mjs'], { cwd: user, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '5\n' });
  });

  it.each(['digits.bitw', 'bitwright-runtime.js', 'vectors.bin'])('fails its test where a byte of %s is another', (name) => {
    const copy = join(folder, `broken ${name}`);
    cpSync(at, copy, { recursive: true });
    const bytes = readFileSync(join(copy, name));
    bytes[Math.floor(bytes.length / 2)] ^= 1;
    writeFileSync(join(copy, name), bytes);
    expect(selftest(copy).code).not.toBe(0);
  });

  it('fails its test where a golden number is another, its hash with it', async () => {
    const copy = join(folder, 'other golden');
    cpSync(at, copy, { recursive: true });
    const bytes = readFileSync(join(copy, 'vectors.bin'));
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(join(copy, 'vectors.bin'), bytes);
    const { createHash } = await import('node:crypto');
    const facts = JSON.parse(readFileSync(join(copy, 'network.json'), 'utf8')) as { sha256: Record<string, string> };
    facts.sha256['vectors.bin'] = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(copy, 'network.json'), JSON.stringify(facts));
    expect(selftest(copy)).toEqual({ code: 1, output: expect.stringMatching(/vector 7 gives other numbers/) });
  });

  it.each(['größe #1', 'a%20b', 'x?y'])('runs under the name %j too', async (name) => {
    expect(selftest(put(await exported(name), 'names')).code).toBe(0);
  });
});
