import { StudioError } from '../../base/errors.ts';
import { assemble, compileBestLater, createReferenceEngine, decodeBase64, type Build, type KernelEngine } from '../../kernels/load.ts';
import { createRuntime } from '../../runtime/run.ts';
import { readPacked } from '../packed/read.ts';
import { DEFLATED_WASM_BASE64 } from './deflated-wasm.generated.ts';
import type * as Declared from './package/bitwright-runtime.d.ts';

// The whole of `bitwright-runtime.js`: build.mjs bundles this file, and what it declares to others is in package/.

/** A third of the script's size. What runs WebAssembly SIMD inflates too. */
async function inflatedKernels(build: Build): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream('deflate-raw');
  const writer = writable.getWriter();
  const [inflated] = await Promise.all([new Response(readable).arrayBuffer(), writer.write(decodeBase64(DEFLATED_WASM_BASE64[build])), writer.close()]);
  return new Uint8Array(inflated);
}

async function openEngine(build: Build | undefined): Promise<KernelEngine> {
  const compiled = typeof DecompressionStream === 'undefined' ? null : await compileBestLater(inflatedKernels, build);
  if (compiled) return assemble(compiled, 0, false).engine;
  if (build === undefined) return createReferenceEngine(0, true);
  throw new StudioError(`The ${build} build of the kernels does not run here.`, { next: 'Leave out the build to take the best one that runs.' });
}

async function bytesOf(source: Declared.Source, name: string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source.ok === false) throw new StudioError(`The network was not delivered: the server answered ${source.status}.`, { where: name, next: 'Check the address.' });
  return new Uint8Array(await source.arrayBuffer());
}

export const loadNetwork: typeof Declared.loadNetwork = async (source, { name = 'network', build, inspect = false } = {}) => {
  const program = readPacked(await bytesOf(source, name), name);
  const engine = await openEngine(build);
  const runtime = createRuntime(program, engine, { keep: inspect ? 'all' : 'outputs' });
  const { network } = program;
  const shapeOf = (buffer: number): readonly number[] => network.buffers[buffer].shape.slice(1);
  return {
    name: network.name,
    inputShape: shapeOf(network.inputs[0]),
    outputShape: shapeOf(network.outputs[0]),
    engine: engine.description,
    run: (input) => runtime.run(input).slice(),
    tensors: network.buffers.map(({ id, shape, format }) => ({ name: id, shape, format })),
    read: (index) => {
      if (!inspect) throw new StudioError('This network keeps its outputs alone.', { where: network.name, next: 'Load it with { inspect: true }.' });
      return runtime.read(index).slice();
    },
  };
};
