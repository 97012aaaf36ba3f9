import { StudioError } from '../base/errors.ts';
import { isFloatLayer, type LayerStep, type Program } from '../runtime/program.ts';
import { SCHEMES } from '../schemes/index.ts';
import { packedLayout } from './packed/layout.ts';
import type { Finding } from './result.ts';

/** What stands in the way, as a finding; every other error stays one. */
export function refusal(error: unknown): Finding {
  if (!(error instanceof StudioError)) throw error;
  return { layer: error.where ?? null, severity: 'refused', message: [error.message, error.next].filter(Boolean).join(' ') };
}

export interface LayerCost {
  /** Sentences beside the one on its cost. */
  readonly also?: readonly string[];
  /** How it runs, and in how many bits a weight is stored. */
  readonly what: string;
  /** Behind the bytes that it takes. */
  readonly behindBytes?: string;
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** Writes the network to see what each quantised layer takes: sizes are those of the file. `costOf`: a step and its place. */
export function layerFindings(program: Program, write: () => { bytesOf(node: string): number }, costOf: (step: LayerStep, index: number) => LayerCost): readonly Finding[] {
  let written: { bytesOf(node: string): number };
  try {
    written = write();
  } catch (error) {
    return [refusal(error)];
  }
  const packed = packedLayout(program.network).nodes;
  return program.network.steps.flatMap((step, index): readonly Finding[] => {
    if (step.kind !== 'layer' || isFloatLayer(step)) return [];
    const { also = [], what, behindBytes = '' } = costOf(step, index);
    const cost = `${step.node}, ${SCHEMES[step.scheme].name}, ${what}: ${kilobytes(written.bytesOf(step.node))} here${behindBytes}, ${kilobytes(packed[step.node] ?? 0)} packed.`;
    return [...also, cost].map((message) => ({ layer: step.node, severity: 'lowered', message }));
  });
}
