import { planMemory } from '../runtime/memory-plan.ts';
import type { Program } from '../runtime/program.ts';
import type { Exporter } from './exporter.ts';
import { refusal } from './findings.ts';
import { packedLayout } from './packed/layout.ts';
import type { ArenaUse, TargetCheck } from './result.ts';
import type { ExporterId } from './targets.ts';

/** Share of the answers that a target promises to be the studio's own. */
function promiseOf({ reader }: Exporter): number {
  return reader.kind === 'runtime' ? (reader.agreement?.least ?? 1) : 1;
}

/** What a target makes of the network. Whatever stands in its way is a finding, never an exception. */
export async function checkTarget(target: ExporterId, exporter: Exporter, program: Program, name: string): Promise<TargetCheck> {
  const nothing = { target, files: [], networkBytes: 0, layerBytes: {}, promised: promiseOf(exporter), device: null };
  try {
    const findings = await exporter.supports(program);
    if (findings.some(({ severity }) => severity === 'refused')) return { ...nothing, findings };
    const files = await exporter.write(program, name);
    const { nodes } = packedLayout(program.network);
    const bytesOf = (await exporter.bytesOf?.(program)) ?? ((node: string) => nodes[node] ?? 0);
    const layers = program.network.steps.flatMap((step) => (step.kind === 'layer' ? [step.node] : []));
    return {
      ...nothing,
      findings,
      files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length })),
      networkBytes: exporter.fileBytes?.(files) ?? files[0].bytes.length,
      layerBytes: Object.fromEntries(layers.map((layer) => [layer, bytesOf(layer)])),
      device: (await exporter.device?.(program)) ?? null,
    };
  } catch (error) {
    return { ...nothing, findings: [refusal(error)] };
  }
}

/** The memory of a run that keeps nothing but its result, as the C target and the studio lay it out. */
export function arenaUse({ network }: Program): ArenaUse {
  const { bytes, blocks } = planMemory(network, 'results');
  const named = blocks.map(({ buffer, offset, bytes: size, first, last }) => ({ name: network.buffers[buffer].id, offset, bytes: size, first, last }));
  let peak = { step: 0, bytes: 0 };
  for (let step = 0; step < network.steps.length; step++) {
    const used = named.reduce((sum, { first, last, bytes: size }) => sum + (first <= step && step <= last ? size : 0), 0);
    if (used > peak.bytes) peak = { step, bytes: used };
  }
  return { bytes, steps: network.steps.map(({ node }) => node), blocks: named, peak };
}
