import type { CheckedData, DataCheck, Finding } from './check.ts';
import { constant } from './constant.ts';
import { coverage } from './coverage.ts';
import { labelRange } from './label-range.ts';
import { leakage } from './leakage.ts';
import { repeats } from './repeats.ts';

/** What is looked for in every data set, in the order it is shown. */
const DATA_CHECKS = { coverage, labels: labelRange, leakage, repeats, constant } as const satisfies Record<string, DataCheck>;
export type DataCheckId = keyof typeof DATA_CHECKS;
export const CHECK_COUNT = Object.keys(DATA_CHECKS).length;

export interface NamedFinding extends Finding {
  readonly check: DataCheckId | 'calibration';
  readonly name: string;
}

/** All checks that say something about such data. `told` is called after each with their number so far. */
export async function checkDataSet(checked: CheckedData, breathe: () => Promise<void>, told: (done: number) => void): Promise<readonly NamedFinding[]> {
  const rows = Object.entries(DATA_CHECKS) as [DataCheckId, DataCheck][];
  const findings: NamedFinding[] = [];
  for (const [i, [check, { name, run }]] of rows.entries()) {
    const finding = await run(checked, breathe);
    if (finding) findings.push({ check, name, ...finding });
    told(i + 1);
  }
  return findings;
}
