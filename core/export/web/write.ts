import { sha256 } from '../../base/hash.ts';
import { isFloatLayer, type Program } from '../../runtime/program.ts';
import type { ExportContext } from '../context.ts';
import type { ExportFile } from '../exporter.ts';
import { goldenVectors, joinedNumbers } from '../golden-vectors.ts';
import { packedFacts } from '../packed/write.ts';
import { PACKAGE_FILES } from './package-files.generated.ts';
import { readmeOf } from './readme.ts';

/** Test vectors of a package: enough to see a wrong kernel, few enough to ship. */
const VECTORS = 8;

export interface WebFacts {
  readonly format: 'bitwright-web';
  readonly version: 1;
  readonly name: string;
  readonly network: string;
  /** Numbers are (pixel · scale − mean) ÷ deviation, one of each for all channels or one a channel; null: not known. */
  readonly input: { readonly shape: readonly number[]; readonly layout: 'NHWC'; readonly preprocess: { readonly id: string; readonly scale: readonly number[]; readonly mean: readonly number[]; readonly deviation: readonly number[] } | null };
  readonly output: { readonly shape: readonly number[]; readonly labels: readonly string[] | null };
  /** Of each vector the input, then the output, float32, little-endian. `exact`: every build gives these bits; else the plain one does. */
  readonly vectors: { readonly file: string; readonly count: number; readonly from: string; readonly exact: boolean };
  readonly sha256: Readonly<Record<string, string>>;
}

/** A folder that is a JavaScript package: `NAME.bitw` and what runs, explains and tests it. */
export function writeWebPackage(program: Program, name: string, context: ExportContext): readonly ExportFile[] {
  const { network } = program;
  const { data } = context;
  const text = new TextEncoder();
  const shapeOf = (buffer: number): readonly number[] => network.buffers[buffer].shape.slice(1);
  const outputShape = shapeOf(network.outputs[0]);
  const outputs = outputShape.reduce((product, size) => product * size, 1);
  const golden = goldenVectors(program, context, VECTORS);
  const vectors = new Uint8Array(joinedNumbers(golden.flatMap(({ input, output }) => [input, output])).buffer);
  const { bytes: bitw, sha256: bitwHash } = packedFacts(program);
  const file = `${name}.bitw`;
  const runtime = text.encode(PACKAGE_FILES['bitwright-runtime.js']);
  const facts: WebFacts = {
    format: 'bitwright-web',
    version: 1,
    name: network.name,
    network: file,
    input: { shape: shapeOf(network.inputs[0]), layout: 'NHWC', preprocess: data && { id: data.preprocess.id, scale: data.preprocess.scale, mean: data.preprocess.mean, deviation: data.preprocess.deviation } },
    output: { shape: outputShape, labels: data && data.classes.length === outputs ? data.classes : null },
    vectors: { file: 'vectors.bin', count: golden.length, from: data ? `the first test samples of ${data.name}` : 'seeded noise', exact: !network.steps.some((step) => step.kind === 'layer' && isFloatLayer(step)) },
    sha256: { [file]: bitwHash, 'bitwright-runtime.js': sha256(runtime), 'vectors.bin': sha256(vectors) },
  };
  const manifest = {
    name: packageName(name),
    version: '1.0.0',
    private: true,
    type: 'module',
    main: './bitwright-runtime.js',
    types: './bitwright-runtime.d.ts',
    exports: { '.': { types: './bitwright-runtime.d.ts', default: './bitwright-runtime.js' }, './network.json': './network.json', [`./${file}`]: `./${file}` },
    scripts: { test: 'node selftest.mjs' },
    sideEffects: false,
  };
  const { 'bitwright-runtime.js': _runtime, 'README.md': _readme, ...others } = PACKAGE_FILES;
  const json = (value: unknown): Uint8Array => text.encode(`${JSON.stringify(value, null, 2)}\n`);
  return [
    { path: `${name}/${file}`, bytes: bitw },
    { path: `${name}/bitwright-runtime.js`, bytes: runtime },
    ...Object.entries(others).map(([path, content]) => ({ path: `${name}/${path}`, bytes: text.encode(content) })),
    { path: `${name}/network.json`, bytes: json(facts) },
    { path: `${name}/vectors.bin`, bytes: vectors },
    { path: `${name}/package.json`, bytes: json(manifest) },
    { path: `${name}/README.md`, bytes: text.encode(readmeOf(facts)) },
  ];
}

/** What npm takes as a name: lower case, of the letters that need no escape in an address. */
function packageName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[._-]+|-+$/g, '');
  return plain.slice(0, 200) || 'network';
}
