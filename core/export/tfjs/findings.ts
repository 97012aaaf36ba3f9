import type { Program } from '../../runtime/program.ts';
import { layerFindings } from '../findings.ts';
import type { Finding } from '../result.ts';
import { packingOf } from './pack-codes.ts';
import { tfjsNetwork } from './write.ts';

function storageText(perByte: number): string {
  return perByte === 1 ? 'one byte a weight' : `${perByte} weights a byte, which every run takes apart again`;
}

export function findings(program: Program): readonly Finding[] {
  return layerFindings(
    program,
    () => tfjsNetwork(program),
    (_, index) => {
      const { perByte } = packingOf(program.parameters[index]['codes'] as Int8Array);
      return { what: `runs as a convolution of real numbers in TensorFlow.js, with the same results; ${storageText(perByte)}`, behindBytes: ' with its nodes' };
    },
  );
}
