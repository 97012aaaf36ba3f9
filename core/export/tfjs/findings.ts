import { StudioError } from '../../base/errors.ts';
import { isFloatLayer, type Program } from '../../runtime/program.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { Finding } from '../exporter.ts';
import { packedLayout } from '../packed/layout.ts';
import { packingOf } from './pack-codes.ts';
import { tfjsNetwork, type TfjsNetwork } from './write.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

function costOf(perByte: number): string {
  return perByte === 1 ? 'one byte a weight' : `${perByte} weights a byte, which every run takes apart again`;
}

/** Writes the network to see what it takes: sizes are those of the files. */
export function findings(program: Program): readonly Finding[] {
  let written: TfjsNetwork;
  try {
    written = tfjsNetwork(program);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return [{ layer: error.where ?? null, severity: 'refused', message: error.message }];
  }
  const packed = packedLayout(program.network).nodes;
  return program.network.steps.flatMap((step, index): readonly Finding[] => {
    if (step.kind !== 'layer' || isFloatLayer(step)) return [];
    const { perByte } = packingOf(program.parameters[index]['codes'] as Int8Array);
    const message = `${step.node}, ${SCHEMES[step.scheme].name}, runs as a convolution of real numbers in TensorFlow.js, with the same results; ${costOf(perByte)}: ${kilobytes(written.bytesOf(step.node))} here with its nodes, ${kilobytes(packed[step.node] ?? 0)} packed.`;
    return [{ layer: step.node, severity: 'lowered', message }];
  });
}
