import { quantile } from '../../../core/bench/interleave.ts';
import { timed } from '../../../core/bench/measure.ts';
import type { SpeedMeasurement } from '../../../core/jobs/contract.ts';
import { JOBS } from '../../../core/jobs/index.ts';
import { elementCount } from '../../../core/graph/graph.ts';
import type { Program } from '../../../core/runtime/program.ts';
import { NO_CALIBRATION } from '../../../core/runtime/watch.ts';
import { readSystemFacts } from '../../host/system.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { openNetwork } from '../network.ts';
import { table } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

const ROUNDS = 30;
const WARM_UP = 10;

export const bench: Command = {
  name: 'bench',
  summary: 'Times a network on this machine, beside its float version where the file holds one.',
  positionals: ['FILE'],
  options: { rounds: { value: 'N', help: `Interleaved rounds (${ROUNDS}).`, minimum: 5 }, ...JSON_OPTION },
  examples: ['bitwright bench resnet8-xnor.bitvar', 'bitwright bench digits.bitw --json'],
  async run(args, terminal) {
    const opened = await openNetwork(args.positionals[0], terminal);
    const rounds = args.number('rounds', ROUNDS);
    const { platform, cpu, cores, versions } = readSystemFacts('loopback', VERSION);
    const machine = { platform, cpu, cores, versions };
    if (opened.kind === 'packed') {
      const measured = timePacked(opened.program, rounds, terminal);
      terminal.progress.clear();
      if (args.flag('json')) return printJson(terminal, { ...measured, machine });
      return terminal.print(`${measured.milliseconds.toFixed(3)} ms an inference (median of ${rounds}, ${measured.lowerQuartile.toFixed(3)} to ${measured.upperQuartile.toFixed(3)}). ${measured.environment}.`);
    }
    const { reference, ...state } =
      opened.kind === 'variant' ? opened.variant : { reference: opened.imported.model, model: opened.imported.model, plan: {}, calibration: NO_CALIBRATION };
    const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Measuring', done, total);
    const speed = await JOBS.measureSpeed({ state, reference, rounds }, { signal: terminal.signal, report });
    terminal.progress.clear();
    if (args.flag('json')) return printJson(terminal, { ...speed, machine });
    terminal.print(speedText(speed));
  },
};

function timePacked(program: Program, rounds: number, { progress, signal }: Terminal) {
  const { runtime, engine } = timed(program);
  const sample = new Float32Array(elementCount(program.network.buffers[program.network.inputs[0]].shape)).map((_, i) => Math.sin(i));
  for (let i = 0; i < WARM_UP; i++) runtime.run(sample);
  const times = Array.from({ length: rounds }, (_, round) => {
    signal.throwIfAborted();
    progress.show('Measuring', round, rounds);
    const startedMs = performance.now();
    runtime.run(sample);
    return performance.now() - startedMs;
  });
  return { milliseconds: quantile(times, 0.5), lowerQuartile: quantile(times, 0.25), upperQuartile: quantile(times, 0.75), rounds, threads: 1, environment: engine };
}

function speedText({ milliseconds, floatMilliseconds, ratio, rounds, environment, layers }: SpeedMeasurement): string {
  const rows = layers.map((layer) => [layer.layer, layer.milliseconds.toFixed(3), layer.floatMilliseconds.toFixed(3), layer.kernel]);
  const faster = ratio.median >= 1 ? `${ratio.median.toFixed(2)} times faster` : `${(1 / ratio.median).toFixed(2)} times slower`;
  return [
    `${milliseconds.toFixed(3)} ms an inference, float32 ${floatMilliseconds.toFixed(3)} ms: ${faster} (quartiles ${ratio.lowerQuartile.toFixed(2)} to ${ratio.upperQuartile.toFixed(2)}, ${rounds} interleaved rounds).`,
    environment,
    '',
    table(['Layer', 'ms', 'float32 ms', 'Kernel'], rows),
  ].join('\n');
}
