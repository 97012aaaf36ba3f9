import { Check, X } from 'lucide-react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { ProofRow } from '../../../core/jobs/contract.ts';
import type { ExportProof } from '../../state/exporting.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Progress } from '../../ui/progress.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { deviationText, rowEqual, timeLeft } from './export-view.ts';

const COLUMNS: readonly TableColumn[] = [
  { id: 'layer', head: 'Layer' },
  { id: 'bytes', head: 'Bytes', numeric: true, width: 'col-p1' },
  { id: 'weights', head: 'Weights', width: 'col-p3' },
  { id: 'outputs', head: 'Outputs', numeric: true, width: 'col-p2' },
  { id: 'reader', head: 'Read back and run', width: 'col-p3' },
];

export interface ProofPanelProps {
  readonly layers: readonly { readonly layer: string; readonly scheme: SchemeId; readonly bytes: number }[];
  readonly proof: ExportProof | null;
  readonly nowMs: number;
  readonly onCancel: () => void;
  readonly onRun: () => void;
}

/** The written bytes were opened again by the reader and run beside the network on screen. */
export function ProofPanel({ layers, proof, nowMs, onCancel, onRun }: ProofPanelProps) {
  const rows = new Map(proof?.rows.map((row) => [row.layer, row]));
  const running = proof?.state === 'running';
  return (
    <>
      {running && (
        <div className="prf">
          <div className="grow">
            <Progress
              label="Proof"
              share={proof.total === 0 ? 0 : proof.done / proof.total}
              left={proof.total === 0 ? 'Writing in memory and reading back' : `Picture ${formats.count(proof.done)} of ${formats.count(proof.total)}`}
              right={timeLeft(proof, nowMs, formats).replace(/^, /, '')}
            />
          </div>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      )}
      <table className="tg simple" aria-label="Proof of each layer">
        <TableHead columns={COLUMNS} />
        <tbody>
          {layers.map((layer) => (
            <ProofLine key={layer.layer} {...layer} row={rows.get(layer.layer) ?? null} waiting={running ? 'comparing' : 'not compared'} />
          ))}
        </tbody>
      </table>
      <div className="pad-4 stack-3">
        <ProofNotice proof={proof} onRun={onRun} />
      </div>
    </>
  );
}

function ProofLine({ layer, scheme, bytes, row, waiting }: ProofPanelProps['layers'][number] & { readonly row: ProofRow | null; readonly waiting: string }) {
  return (
    <tr>
      <td className="c-first">
        <span className="nm">
          <Chip scheme={scheme} short />
          <span className="trunc">{layer}</span>
        </span>
      </td>
      <td className="num">{formats.count(row?.bytes ?? bytes)}</td>
      <td>{row ? <Verdict holds={row.weightsEqual !== false} yes={row.weightsEqual === null ? 'by its results' : 'same numbers'} no="differ" /> : <span className="u">{waiting}</span>}</td>
      <td className="num">{row ? formats.count(row.outputs) : '–'}</td>
      <td className="c-last">{row ? <Verdict holds={row.differences === 0} yes={row.deviation ? `by ${deviationText(row.deviation, formats)}` : '0 differ'} no={`${formats.count(row.differences)} differ`} /> : <span className="u">{waiting}</span>}</td>
    </tr>
  );
}

export function Verdict({ holds, yes, no }: { readonly holds: boolean; readonly yes: string; readonly no: string }) {
  return (
    <span className={holds ? 'tick' : 'cross-x'}>
      <Icon of={holds ? Check : X} />
      {holds ? yes : no}
    </span>
  );
}

function ProofNotice({ proof, onRun }: { readonly proof: ExportProof | null; readonly onRun: () => void }) {
  const again = (
    <button type="button" className="link" onClick={onRun}>
      Run the proof
    </button>
  );
  if (!proof || proof.state === 'cancelled') return <Notice title={proof ? 'The proof was cancelled.' : 'The proof has not run for this network.'}>{again}</Notice>;
  if (proof.state === 'elsewhere') return <Notice title="This target is proved and written on the command line.">{proof.problem}</Notice>;
  if (proof.state === 'failed') {
    return (
      <Notice tone="worse" title="The proof failed.">
        {proof.problem} {again}
      </Notice>
    );
  }
  if (!proof.result) return null;
  const { equal, rows, samples, answersEqual, ties, reader } = proof.result.proof;
  const largest = rows.reduce((most, { deviation = 0 }) => Math.max(most, deviation), 0);
  const near = largest === 0 ? '0 differences' : `what differs is ${deviationText(largest, formats)} of a layer’s outputs at most (root mean square)`;
  const tied = ties === 0 ? '' : `, ${formats.count(ties)} more are ties`;
  const outputs = rows.reduce((sum, row) => sum + row.outputs, 0);
  const differing = rows.filter((row) => !rowEqual(row));
  if (equal && samples === 0) {
    return (
      <Notice tone="better" title="What is written is so.">
        {formats.count(rows.length)} layers, {formats.count(outputs)} statements, 0 of them wrong. Read by: {reader}.
      </Notice>
    );
  }
  if (equal) {
    return (
      <Notice tone="better" title="The file is the network on screen.">
        {formats.count(rows.length)} layers, {formats.count(outputs)} outputs a picture, {near} in {formats.count(samples)} pictures; {formats.count(answersEqual)} of {formats.count(samples)} answers the same{tied}. Read by: {reader}.
      </Notice>
    );
  }
  return (
    <Notice tone="worse" title="The file is not the network on screen, so it is not written.">
      {differing.length > 0 ? `${differing.map((row) => row.layer).join(', ')} differ${differing.length === 1 ? 's' : ''}.` : ''} {formats.count(answersEqual)} of {formats.count(samples)} answers are the same. {again}
    </Notice>
  );
}
