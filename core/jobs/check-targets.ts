import { throwIfAborted } from '../base/errors.ts';
import { createBreather } from '../base/breathe.ts';
import { arenaUse, checkTarget } from '../export/check.ts';
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
  for (const target of targets) {
    const exporter = exporterOf(target, () => contextOf(program, { ...arg, target, proofSamples: 0 }, { signal, report: () => {} }));
    const check = await checkTarget(target, exporter, program, arg.name);
    checks.push(check);
    report({ done: checks.length, total: targets.length, check });
    throwIfAborted(signal);
    await breathe();
  }
  return { checks, arena: arenaUse(program) };
};
