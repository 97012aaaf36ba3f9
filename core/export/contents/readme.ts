import { formatsFor, join } from '../../base/format.ts';
import { layersOf } from '../../graph/graph.ts';
import type { Program } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import { choiceOf } from '../../schemes/layer-facts.ts';
import type { ExportContext } from '../context.ts';
import { packedLayout } from '../packed/layout.ts';
import type { ExportResult } from '../result.ts';
import { TARGETS, type ExporterId } from '../targets.ts';
import { runningText } from './running.ts';

const formats = formatsFor('en');

/** Signs that mean something in Markdown stay what they are. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#|]/g, (sign) => `\\${sign}`);

function accuracyLines({ measured, data }: ExportContext): readonly string[] {
  const { accuracy, floatAccuracy } = measured;
  if (!accuracy || !data) return ['- Accuracy: not measured.'];
  const { low, high } = accuracy.interval;
  const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const what = accuracy.measure === 'accuracy' ? 'right answers' : 'answers that are those of the float network';
  const before = floatAccuracy ? `; the float network has ${share(floatAccuracy.accuracy)}` : '';
  return [
    `- Accuracy: ${share(accuracy.accuracy)} ${what}, ${accuracy.correct} of ${accuracy.count} samples of ${plain(data.name)} that took no part in training or calibration; 95 % Wilson interval ${share(low)} to ${share(high)}${before}. Measured with the studio's own integer runtime, which the files were compared with.`,
  ];
}

function speedLines({ measured: { speed } }: ExportContext): readonly string[] {
  if (!speed) return ['- Speed: not measured.'];
  const { milliseconds, ratio, rounds, threads, environment } = speed;
  return [`- Speed: ${milliseconds.toPrecision(3)} ms per sample, ${ratio.median.toFixed(2)} times as fast as float32 (median of ${rounds} rounds that alternate, ${threads} thread${threads === 1 ? '' : 's'}, ${plain(environment)}; the studio's runtime, not this target's).`];
}

function proofLines(proof: ExportResult['proof'] | null): readonly string[] {
  if (!proof || (proof.samples === 0 && proof.rows.length === 0)) return ['- Proof: none was run when this was written.'];
  const near = proof.rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0);
  const layers = near === 0 ? `every stored number of all ${proof.rows.length} layers is the same` : `what differs is ${(100 * near).toPrecision(2)} % of a layer's outputs at most (root mean square)`;
  const answers = proof.samples === 0 ? '' : `${proof.answersEqual} of ${proof.samples} answers are the same${proof.ties > 0 ? ` and ${proof.ties} tie` : ''}; `;
  return [`- Proof: the written file was opened again by ${plain(proof.reader)}; ${answers}${layers}.`];
}

export interface ReadmeFacts {
  readonly target: ExporterId;
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly proof: ExportResult['proof'] | null;
  /** What the target lowers, as sentences. */
  readonly findings: readonly string[];
}

/** What is in the folder, how it is run, and how each number was measured. */
export function readmeText(program: Program, context: ExportContext, { target, name, files, proof, findings }: ReadmeFacts): string {
  const { network } = program;
  const { state, data, command } = context;
  const packed = packedLayout(network);
  const floatBytes = Object.values(state.model.graph.weights).reduce((sum, { shape }) => sum + 4 * shape.reduce((product, size) => product * size, 1), 0);
  const shapeOf = (buffer: number): string => network.buffers[buffer].shape.slice(1).join(' × ');
  const input = data ? `\`(pixel * ${JSON.stringify(data.preprocess.scale)} - ${JSON.stringify(data.preprocess.mean)}) / ${JSON.stringify(data.preprocess.deviation)}\`, preprocessing \`${data.preprocess.id}\`` : 'preprocessed as in training';
  const size = (bytes: number): string => join(formats.size(bytes));
  const layers = layersOf(state.model.graph).map(({ id }) => `| ${plain(id)} | ${SCHEMES[choiceOf(state.plan, id).scheme].name} | ${packed.nodes[id] ?? 0} |`);
  return `${[
    `# ${plain(name)}`,
    '',
    `${plain(network.name)}, compressed with Bitwright, for ${TARGETS[target].name}. ${TARGETS[target].description}`,
    '',
    `Input: ${shapeOf(network.inputs[0])} float32, channels last, ${input}. Output: ${shapeOf(network.outputs[0])} float32.`,
    '',
    '## Running it',
    '',
    runningText(target, name),
    '',
    '## In this folder',
    '',
    '| file | bytes |',
    '|---|---|',
    ...files.map(({ path, bytes }) => `| ${plain(path)} | ${bytes} |`),
    '',
    '## How each number was measured',
    '',
    `- Size: the packed network has ${packed.totalBytes} bytes (${size(packed.totalBytes)}), ${(floatBytes / packed.totalBytes).toFixed(1)} times smaller than its weights as float32 (${floatBytes} bytes). Counted by the exporter itself.`,
    ...accuracyLines(context),
    ...speedLines(context),
    ...proofLines(proof),
    '',
    '| layer | precision | bytes, packed |',
    '|---|---|---|',
    ...layers,
    ...(findings.length === 0 ? [] : ['', '## What this target does otherwise', '', ...findings.map((sentence) => `- ${plain(sentence)}`)]),
    ...(command === null ? [] : ['', '## The same from the command line', '', '```', command, '```']),
  ].join('\n')}\n`;
}
