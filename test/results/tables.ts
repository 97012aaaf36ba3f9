import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, type ResultCase } from './cases.ts';
import type { RunRecord } from './results.ts';
import { SUBJECTS } from './subjects.ts';

const BEGIN = '<!-- Written by npm run results. -->';
const END = '<!-- End of what npm run results writes. -->';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of the sample: divided by n − 1. */
const deviation = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / Math.max(values.length - 1, 1));
const spread = (values: readonly number[]): string => (values.length > 1 ? `${mean(values).toFixed(2)} ± ${deviation(values).toFixed(2)}` : mean(values).toFixed(2));

/** Points lost, or the share that agrees, of each run. */
function figures({ measure }: ResultCase, runs: readonly RunRecord[]): readonly number[] {
  return runs.map(({ float, accuracy, agreement }) => 100 * (measure === 'drop' ? float - accuracy : agreement));
}

function verdictOf({ measure, required, aim }: ResultCase, reached: number): string {
  const within = (limit: number): boolean => (measure === 'drop' ? reached <= limit + 1e-9 : reached >= limit - 1e-9);
  return within(aim) ? 'aim' : within(required) ? 'reached' : 'no';
}

/** Puts the table between its marks in RESULTS.md and everything behind it into results.json. */
export function writeTables(root: string, records: readonly RunRecord[], machine: object): void {
  const rows = CASES.flatMap((one) => {
    const runs = records.filter((record) => record.case === one.id);
    return runs.length === 0 ? [] : [{ one, runs, reached: figures(one, runs) }];
  });
  const lines = rows.map(({ one, runs, reached }) => {
    const unit = one.measure === 'drop' ? 'points lost' : '% of answers kept';
    const accuracy = spread(runs.map((run) => 100 * run.accuracy));
    const float = spread(runs.map((run) => 100 * run.float));
    return `| ${one.title} | ${SUBJECTS[one.subject].title} | ${float} | ${accuracy} | **${spread(reached)}** ${unit} | ${one.required} / ${one.aim} | ${verdictOf(one, mean(reached))} | ${runs.length} | ${runs[0].steps.toLocaleString('en')} | ${mean(runs.map((run) => run.seconds)).toFixed(0)} |`;
  });
  const table = [BEGIN, '', '| precision | network and data | float32, % | deployed, % | reached | required / aim | | seeds | steps | seconds |', '|---|---|---|---|---|---|---|---|---|---|', ...lines, '', END].join('\n');
  const path = join(root, 'RESULTS.md');
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error('RESULTS.md has no place for the table.');
  writeFileSync(path, `${text.slice(0, from)}${table}${text.slice(to + END.length)}`);
  const json = {
    machine,
    cases: rows.map(({ one: { id, title, subject, measure, required, aim, recipe }, runs, reached }) => ({ id, title, subject: SUBJECTS[subject].title, measure, required, aim, recipe, mean: mean(reached), deviation: deviation(reached), runs })),
  };
  writeFileSync(join(root, 'results.json'), `${JSON.stringify(json, null, 1)}\n`);
}
