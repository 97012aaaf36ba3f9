import { StudioError } from '../../base/errors.ts';
import { sha256 } from '../../base/hash.ts';
import { createEngine } from '../../kernels/load.ts';
import { createRuntime } from '../../runtime/run.ts';
import type { Stored } from '../../runtime/program.ts';
import type { ExporterWith, ExportFile, Reopened, RuntimeReader } from '../exporter.ts';
import { readPacked } from '../packed/read.ts';
import { TARGETS } from '../targets.ts';
import type * as Declared from './package/bitwright-runtime.d.ts';

const RUNTIME_FILE = 'bitwright-runtime.js';
const decoder = new TextDecoder();

function fileOf(files: readonly ExportFile[], ending: string): Uint8Array {
  const file = files.find(({ path }) => path.endsWith(ending));
  if (!file) throw new StudioError(`The package holds no ${ending}.`, { next: 'Export it again.' });
  return file.bytes;
}

/** The written runtime itself over the written network. */
async function openWritten(files: readonly ExportFile[], text: string, importModule: (text: string) => Promise<Readonly<Record<string, unknown>>>): Promise<Reopened> {
  const { loadNetwork } = (await importModule(text)) as Pick<typeof Declared, 'loadNetwork'>;
  const network = await loadNetwork(fileOf(files, '.bitw'), { name: files[0].path, inspect: true });
  return {
    label: `the written ${RUNTIME_FILE} itself over the written .bitw, ${network.engine}`,
    run: (sample) => network.run(sample),
    read: (buffer) => network.read(buffer),
    close: () => {},
  };
}

/** A page may run no text as a script: there the studio's own modules, which the runtime was bundled from, read the written file. */
async function openBundled(files: readonly ExportFile[], text: string): Promise<Reopened> {
  const { RUNTIME_SHA256 } = await import('./package-files.generated.ts');
  if (sha256(text) !== RUNTIME_SHA256) throw new StudioError(`The written ${RUNTIME_FILE} is not the runtime of this studio.`, { next: 'Export the package again.' });
  const engine = createEngine({ variant: 'wasm' });
  const runtime = createRuntime(readPacked(fileOf(files, '.bitw'), files[0].path), engine);
  return {
    label: `the studio’s own modules over the written .bitw, ${engine.description}; the text of ${RUNTIME_FILE}, which is bundled from them, equals the build’s by SHA-256 and is run by its self-test`,
    run: (sample) => runtime.run(sample),
    read: (buffer): Stored => runtime.read(buffer),
    close: () => {},
  };
}

const reader: RuntimeReader = {
  kind: 'runtime',
  label: `${RUNTIME_FILE} over the written .bitw`,
  missing: () => null,
  open: (files, _program, { importModule }) => {
    const text = decoder.decode(fileOf(files, RUNTIME_FILE));
    return importModule ? openWritten(files, text, importModule) : openBundled(files, text);
  },
  tolerance: () => 0,
};

export const web: ExporterWith = (context) => ({
  ...TARGETS.web,
  supports: ({ network }) =>
    network.inputs.length === 1 && network.outputs.length === 1 ? [] : [{ layer: null, severity: 'refused', message: 'The web runtime takes one input and gives one output.' }],
  write: async (program, name) => (await import('./write.ts')).writeWebPackage(program, name, context),
  reader,
});
