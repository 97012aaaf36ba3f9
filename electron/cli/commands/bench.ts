import { formatsFor } from '../../../core/base/format.ts';
import { describeError } from '../../../core/base/errors.ts';
import { createBreather } from '../../../core/base/breathe.ts';
import { quantile } from '../../../core/bench/interleave.ts';
import { timed } from '../../../core/bench/measure.ts';
import { measureThreads, type ThreadsMeasurement } from '../../../core/bench/threads.ts';
import { isSlower, reasonText, slowerText } from '../../../core/bench/reasons.ts';
import type { BaselineMeasurement, LadderCosts, LayerTiming, SpeedMeasurement } from '../../../core/jobs/contract.ts';
import { JOBS } from '../../../core/jobs/index.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import { deploy } from '../../../core/runtime/deploy.ts';
import type { Program } from '../../../core/runtime/program.ts';
import { NO_CALIBRATION } from '../../../core/runtime/watch.ts';
import { SCHEME_IDS, SCHEMES } from '../../../core/schemes/index.ts';
import { writeFileAtomic } from '../../host/atomic.ts';
import { readSystemFacts } from '../../host/system.ts';
import { jsonText, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { openNetwork } from '../network.ts';
import { threadsOf } from '../kernel-threads.ts';
import { KERNEL_THREAD, TFJS_WASM_FOLDER } from '../places.ts';
import { table } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

const ROUNDS = 30;
const WARM_UP = 10;
const formats = formatsFor('en');

export const bench: Command = {
  name: 'bench',
  summary: 'Times a network on this machine, beside its float version where the file holds one, and says why each layer is as fast as it is.',
  positionals: ['FILE'],
  options: {
    rounds: { value: 'N', help: `Interleaved rounds (${ROUNDS}).`, minimum: 5 },
    tensorflow: { value: 'on|off', help: 'Also time the float network on TensorFlow.js (on).', choices: ['on', 'off'] },
    threads: { value: 'N', help: 'Also time it on N threads beside one.', minimum: 2 },
    json: { value: 'FILE', optional: true, help: 'Write the figures to FILE as one JSON object; without a file, print it instead of text.' },
  },
  examples: ['bitwright bench resnet8-xnor.bitvar', 'bitwright bench resnet8-xnor.bitvar --json=speed.json', 'bitwright bench digits.bitw --json'],
  async run(args, terminal) {
    const opened = await openNetwork(args.positionals[0], terminal);
    const rounds = args.number('rounds', ROUNDS);
    const { platform, cpu, cores, versions } = readSystemFacts('loopback', VERSION);
    const machine = { platform, cpu, cores, versions };
    const finish = async (figures: object, text: string): Promise<void> => {
      terminal.progress.clear();
      const path = args.text('json');
      if (args.flag('json')) return printJson(terminal, { ...figures, machine });
      terminal.print(text);
      if (path !== null) {
        await writeFileAtomic(path, new TextEncoder().encode(`${jsonText({ ...figures, machine })}\n`));
        terminal.say(`Wrote ${path}.`);
      }
    };
    if (opened.kind === 'packed') {
      const measured = timePacked(opened.program, rounds, terminal);
      const divided = await onThreads(opened.program, rounds, args.number('threads', 1), terminal);
      return finish({ ...measured, divided }, `${measured.milliseconds.toFixed(3)} ms an inference (median of ${rounds}, ${measured.lowerQuartile.toFixed(3)} to ${measured.upperQuartile.toFixed(3)}). ${measured.environment}.${divided ? `\n${threadsText(divided)}` : ''}`);
    }
    const { reference, ...state } =
      opened.kind === 'variant' ? opened.variant : { reference: opened.imported.model, model: opened.imported.model, plan: {}, calibration: NO_CALIBRATION };
    const context = (label: string) => ({ signal: terminal.signal, report: ({ done, total }: { done: number; total: number }): void => terminal.progress.show(label, done, total) });
    const speed = await JOBS.measureSpeed({ state, reference, rounds }, context('Measuring'));
    const ladder = await JOBS.measureLadder({ graph: state.model.graph }, context('Timing every precision'));
    const divided = await onThreads(deploy(state), rounds, args.number('threads', 1), terminal);
    let baselines: BaselineMeasurement | null = null;
    if (args.text('tensorflow') !== 'off') {
      const environment = { tfjsWasmPath: TFJS_WASM_FOLDER };
      // The other figures stand without it.
      baselines = await JOBS.measureBaselines({ state, reference, rounds, environment }, context('Comparing with TensorFlow.js')).catch((error: unknown) => {
        if (terminal.signal.aborted) throw error;
        terminal.progress.clear();
        terminal.say(`TensorFlow.js could not be timed: ${describeError(error)}`);
        return null;
      });
    }
    return finish({ ...speed, ladder, divided, baselines }, [speedText(speed), divided && threadsText(divided), layersText(speed.layers, ladder), baselines && baselinesText(baselines)].filter((part) => part !== null).join('\n\n'));
  },
};

function timePacked(program: Program, rounds: number, { progress, signal }: Terminal) {
  const { runtime, engine } = timed(program);
  const sample = noiseFor(program);
  for (let i = 0; i < WARM_UP; i++) runtime.run(sample);
  const times = Array.from({ length: rounds }, (_, round) => {
    signal.throwIfAborted();
    progress.show('Measuring', round, rounds);
    const startedMs = performance.now();
    runtime.run(sample);
    return performance.now() - startedMs;
  });
  return { milliseconds: quantile(times, 0.5), lowerQuartile: quantile(times, 0.25), upperQuartile: quantile(times, 0.75), rounds, threads: 1, environment: engine.description };
}

/** Null where one thread is all that was asked for. */
async function onThreads(program: Program, rounds: number, threads: number, { progress, signal }: Terminal): Promise<ThreadsMeasurement | null> {
  if (threads < 2) return null;
  progress.show('Dividing among threads', 0, 1);
  return measureThreads(program, noiseFor(program), threads, threadsOf(KERNEL_THREAD), { rounds, breathe: createBreather(signal) });
}

function threadsText({ threads, one, many, ratio, rounds }: ThreadsMeasurement): string {
  if (threads === 1) return 'This machine gives the kernels one thread only.';
  const quartiles = `quartiles ${ratio.lowerQuartile.toFixed(2)} to ${ratio.upperQuartile.toFixed(2)}, ${rounds} interleaved rounds`;
  return `${threads} threads: ${many.median.toFixed(3)} ms against ${one.median.toFixed(3)} ms on one, ${ratio.median.toFixed(2)}× (${quartiles}).`;
}

function noiseFor({ network }: Program): Float32Array {
  return new Float32Array(elementCount(network.buffers[network.inputs[0]].shape)).map((_, i) => Math.sin(i));
}

/** "2.31 times faster", "slower than float32 (0.8×)" */
function ratioText(ratio: number): string {
  return isSlower(ratio) ? slowerText(ratio, formats) : `${ratio.toFixed(2)} times faster`;
}

function speedText({ milliseconds, floatMilliseconds, ratio, rounds, environment, threads, reasons }: SpeedMeasurement): string {
  const quartiles = `quartiles ${ratio.lowerQuartile.toFixed(2)} to ${ratio.upperQuartile.toFixed(2)}, ${rounds} interleaved rounds`;
  const compared = milliseconds === floatMilliseconds ? 'every layer is float32' : `float32 ${floatMilliseconds.toFixed(3)} ms: ${ratioText(ratio.median)} (${quartiles})`;
  return [
    `${milliseconds.toFixed(3)} ms an inference, ${compared}.`,
    ...reasons.filter(({ kind }) => kind !== 'slower').map((reason) => reasonText(reason, formats)),
    `${environment}, ${threads} thread${threads === 1 ? '' : 's'}.`,
  ].join('\n');
}

/** Each layer in its place, then alone at every rung, then why. */
function layersText(layers: readonly LayerTiming[], ladder: LadderCosts): string {
  const costs = new Map(ladder.rows.map(({ layer, scheme, cost }) => [`${layer} ${scheme}`, cost.median]));
  const rows = layers.map(({ layer, scheme, milliseconds, floatMilliseconds, kernel }) => [
    layer,
    SCHEMES[scheme].name,
    milliseconds.toFixed(3),
    floatMilliseconds.toFixed(3),
    ...SCHEME_IDS.map((id) => costs.get(`${layer} ${id}`)?.toFixed(3) ?? '–'),
    kernel,
  ]);
  const why = layers.filter(({ reasons }) => reasons.length > 0).map(({ layer, reasons }) => `${layer}: ${reasons.map((reason) => reasonText(reason, formats)).join(' ')}`);
  return [
    table(['Layer', 'Precision', 'ms', 'float32 ms', ...SCHEME_IDS.map((id) => SCHEMES[id].name), 'Kernel'], rows),
    'The columns FP32 to XNOR are the layer alone at that precision, in ms.',
    ...(why.length > 0 ? ['', ...why] : []),
  ].join('\n');
}

function baselinesText({ current, float, tensorflow, ratio, floatRatio, rounds, backend, environment }: BaselineMeasurement): string {
  const row = (name: string, { median, lowerQuartile, upperQuartile }: BaselineMeasurement['current'], against: string): string[] => [name, median.toFixed(3), `${lowerQuartile.toFixed(3)} to ${upperQuartile.toFixed(3)}`, against];
  return [
    table(
      ['Baseline', 'ms', 'Quartiles', 'TensorFlow.js ÷ this'],
      [
        row('this network', current, `${ratio.median.toFixed(2)}×`),
        row('float32, here', float, `${floatRatio.median.toFixed(2)}×`),
        row('float32, TensorFlow.js', tensorflow, '1.00×'),
      ],
    ),
    `${rounds} interleaved rounds; ${environment}, 1 thread; ${backend} (XNNPACK).`,
    `onnxruntime-web is compared in the repository’s benchmarks only.`,
  ].join('\n');
}
