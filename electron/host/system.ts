import { availableParallelism, cpus, release, totalmem, type as systemType } from 'node:os';
import type { SystemFacts } from '../../core/host/contract.ts';

export function readSystemFacts(shell: SystemFacts['shell'], studioVersion: string): SystemFacts {
  const versions: Record<string, string> = { bitwright: studioVersion };
  for (const name of ['electron', 'chrome', 'node', 'v8']) {
    const version = process.versions[name];
    if (version !== undefined) versions[name] = version;
  }
  return {
    platform: `${systemType()} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    versions,
    shell,
  };
}
