import { throwIfAborted } from '../base/errors.ts';
import { createBreather } from '../base/breathe.ts';
import { arenaUse, checkTarget } from '../export/check.ts';
import type { ExportContext } from '../export/context.ts';
import { exporterOf } from '../export/index.ts';
import type { TargetCheck } from '../export/result.ts';
import { TARGETS, type ExporterId } from '../export/targets.ts';
import { deploy } from '../runtime/deploy.ts';
import type { Jobs } from './contract.ts';
import { contextOf } from './export-context.ts';

/** Every target beside the network as it stands, written in memory one after the other. */
export const checkTargets: Jobs['checkTargets'] = async (arg, { signal, report }) => {
  const program = deploy(arg.state);
  const targets = Object.keys(TARGETS) as ExporterId[];
  const checks: TargetCheck[] = [];
  const breathe = createBreather(signal);
  let context: ExportContext | null = null;
  const contextOnce = (): ExportContext => (context ??= contextOf(program, arg, { signal, report: () => {} }));
  for (const target of targets) {
    const exporter = exporterOf(target, contextOnce);
    const check = await checkTarget(target, exporter, program, arg.name);
    checks.push(check);
    report({ done: checks.length, total: targets.length, check });
    throwIfAborted(signal);
    await breathe();
  }
  return { checks, arena: arenaUse(program) };
};
