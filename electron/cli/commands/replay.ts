import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { StudioError } from '../../../core/base/errors.ts';
import { sha256 } from '../../../core/base/hash.ts';
import { writePacked } from '../../../core/export/packed/write.ts';
import { replayState } from '../../../core/jobs/replay.ts';
import { readRecipe } from '../../../core/project/recipe-file.ts';
import { deploy } from '../../../core/runtime/deploy.ts';
import { writeFileAtomic } from '../../host/atomic.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import { threadsOf } from '../kernel-threads.ts';
import { openModel } from '../network.ts';
import { KERNEL_THREAD, TFJS_WASM_FOLDER } from '../places.ts';
import { createTrainingProgress } from '../training-progress.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'Makes the packed network of a recipe again, training included, and writes it only if its bytes are those of the recipe.',
  positionals: ['RECIPE'],
  options: {
    model: { value: 'PATH', help: 'The float network that the recipe was made from.', required: true },
    data: DATA_OPTIONS.data,
    label: DATA_OPTIONS.label,
    out: { value: 'DIR', help: 'The folder to write into; made where it is absent.', required: true },
    threads: { value: 'N', help: 'Threads of this machine that training uses (all).', minimum: 1 },
    ...JSON_OPTION,
  },
  examples: ['bitwright replay digits.recipe.json --model digits.onnx --data t10k/ --out build/'],
  async run(args, terminal) {
    const path = args.positionals[0];
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new StudioError('The recipe cannot be read.', { where: path, next: 'Check the path.', cause: error });
    });
    const recipe = readRecipe(bytes, path);
    const imported = await openModel(args.text('model')!, terminal);
    // The preprocessing is the recipe's: none is tried.
    const opened = await openDataFor({ ...args, text: (name) => (name === 'preprocess' ? (recipe.data?.preprocess ?? 'raw') : args.text(name)) }, terminal, { kind: 'model', imported });
    const machine = { threads: args.number('threads', availableParallelism()), spawnThread: threadsOf(KERNEL_THREAD) };
    const state = await replayState(
      { recipe, model: imported.model, grids: imported.grids, data: opened?.data ?? null, training: { environment: { tfjsWasmPath: TFJS_WASM_FOLDER }, machine } },
      { signal: terminal.signal, report: ({ done, total }) => terminal.progress.show('Calibrating', done, total), reportTraining: createTrainingProgress(terminal, recipe.plan) },
    );
    terminal.progress.clear();
    const packed = writePacked(deploy(state));
    const hash = sha256(packed);
    if (hash !== recipe.result.sha256) {
      throw new StudioError(`Nothing was written: the replay gives ${packed.length} bytes with the hash ${hash.slice(0, 12)}…, and the recipe names ${recipe.result.bytes} bytes with ${recipe.result.sha256.slice(0, 12)}….`, {
        where: path,
        next: recipe.training === null ? 'It was made by another version: export the network again with this one.' : 'Training repeats to the bit where the same instruction set runs (pages have relaxed SIMD, Node 20 has not): train and export it here.',
      });
    }
    const out = join(args.text('out')!, `${recipe.name}.bitw`);
    await writeFileAtomic(out, packed);
    if (args.flag('json')) return printJson(terminal, { out, bytes: packed.length, sha256: hash });
    terminal.print(`Wrote ${out} (${packed.length} bytes), the bytes that the recipe names: SHA-256 ${hash}.`);
  },
};
