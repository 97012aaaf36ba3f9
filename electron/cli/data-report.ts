import type { DataCheckResult } from '../../core/jobs/data-results.ts';
import { JOBS } from '../../core/jobs/index.ts';
import type { OpenedData } from './data.ts';
import type { OpenedNetwork } from './network.ts';
import type { Terminal } from './terminal.ts';

/** What is in a data set and what its checks find; with a float network that runs, also whether calibration has enough samples. */
export async function checkOpened({ data, preprocess }: OpenedData, network: OpenedNetwork | null, terminal: Terminal): Promise<DataCheckResult> {
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Checking the data', done, total);
  const model = network?.kind === 'model' && network.imported.report.runs === true ? network.imported.model : undefined;
  const result = await JOBS.checkData({ data, model, preprocess }, { signal: terminal.signal, report });
  terminal.progress.clear();
  return result;
}

/** As JSON. */
export function dataFacts({ data, preprocess, tried }: OpenedData, { findings, curve }: DataCheckResult): Readonly<Record<string, unknown>> {
  const { name, format, shape, classes, train, test, hash, notes } = data;
  return { name, format, hash, shape, classes, train: train?.count ?? 0, test: test.count, hasLabels: test.labels !== null, notes, preprocess, tried, findings, curve };
}

const MARKS = { good: 'ok', warn: 'look', bad: 'wrong' } as const;

/** For a terminal. */
export function dataText({ data, preprocess }: OpenedData, { findings }: DataCheckResult): string {
  const { name, format, shape, classes, train, test, hash } = data;
  const rows = [
    ['Data', `${name} (${format})`],
    ['Hash', hash],
    ['Sample', shape.join('×')],
    ['Samples', `${train?.count ?? 0} for training, ${test.count} for testing`],
    ['Classes', classes.length > 20 ? String(classes.length) : `${classes.length}: ${classes.join(', ')}`],
    ['Preprocessing', preprocess],
  ];
  const facts = rows.map(([label, value]) => `${label.padEnd(22)} ${value}`).join('\n');
  return [facts, '', ...findings.map(({ name: check, tone, text }) => `${MARKS[tone].padEnd(6)} ${check}: ${text}`)].join('\n');
}
