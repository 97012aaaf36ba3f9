import { shellWord } from '../../base/shell-word.ts';
import { fileStem, identifierOf } from '../c99/names.ts';
import type { ExporterId } from '../targets.ts';

const code = (language: string, ...lines: readonly string[]): string => ['```'.concat(language), ...lines, '```'].join('\n');

/** How the files of a target are run, for the people who get them. */
const RUNNING = {
  bitw: (name) => `\`${name}.bitw\` is read by the studio, by \`bitwright evaluate\`, and by the runtime of the web package. Its bytes are described in the studio's docs/file-formats.md.`,
  web: (name) => `See \`${name}/README.md\`; \`node ${shellWord(`${name}/selftest.mjs`)}\` compares the test vectors.`,
  c99: (name) =>
    [
      code(
        'c',
        `#include "${fileStem(name)}.h"`,
        '',
        `float output[${identifierOf(name).toUpperCase()}_OUTPUT_COUNT];`,
        `float *input = ${identifierOf(name)}_input(); /* write the sample here: no copy is made */`,
        `${identifierOf(name)}_run(input, output);`,
      ),
      'Self-test, which ends with 0 when this compiler and processor give the studio’s numbers:',
      code('sh', `cc -std=c99 -O2 -ffp-contract=off ${fileStem(name)}.c ${fileStem(name)}_selftest.c -o selftest && ./selftest`),
    ].join('\n\n'),
  onnx: (name) => onnxText(name),
  'onnx-qdq': (name) => onnxText(name),
  qonnx: (name) => `\`${name}.onnx\` goes into FINN or qonnx: \`ModelWrapper("${name}.onnx")\`. Runtimes without QONNX's nodes cannot run it.`,
  tflite: (name) => code('python', 'from ai_edge_litert.interpreter import Interpreter', `interpreter = Interpreter("${name}.tflite")`, 'interpreter.allocate_tensors()'),
  lce: (name) => `\`${name}.tflite\` needs an interpreter with the operators of Larq Compute Engine: \`larq_compute_engine.testing\` or its Android and iOS builds.`,
  tfjs: (name) => code('js', `const model = await tf.loadGraphModel('${name}/model.json');`, 'const answer = model.predict(tf.tensor(pixels, [1, height, width, channels]));'),
  report: () => 'The report is read in a browser; it loads nothing.',
  recipe: (name) => code('sh', `bitwright replay ${shellWord(`${name}.recipe.json`)} --model MODEL --data DATA --out DIR`),
} as const satisfies Record<ExporterId, (name: string) => string>;

function onnxText(name: string): string {
  return code('python', 'import numpy, onnxruntime', `session = onnxruntime.InferenceSession("${name}.onnx")`, '# The file is channels first: move the last axis of vectors/inputs.npy to the front.', '[answer] = session.run(None, {session.get_inputs()[0].name: sample})');
}

export function runningText(target: ExporterId, name: string): string {
  return RUNNING[target](name);
}
