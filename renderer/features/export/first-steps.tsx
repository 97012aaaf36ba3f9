import { Check, TriangleAlert, X } from 'lucide-react';
import { join, MISSING } from '../../../core/base/format.ts';
import { TARGETS, type ExporterId, type Target } from '../../../core/export/targets.ts';
import { Chip } from '../../ui/chip.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { BOARDS, boardFit, type ByteShares } from './export-view.ts';
import { ByteBar, CommandLine, FileList, type PackageSideProps } from './package-side.tsx';

export interface TargetListProps {
  readonly target: ExporterId;
  readonly shares: ByteShares;
  /** Of the chosen target; null before its file has been written. */
  readonly fileBytes: number | null;
  readonly onTarget: (target: ExporterId) => void;
}

const FLOAT = 'float32';

/** One row an export target, each with what it makes of the plan. */
export function TargetList({ target, shares, fileBytes, onTarget }: TargetListProps) {
  const floats = shares.layers.filter((layer) => layer.scheme === FLOAT).length;
  const all = shares.layers.length;
  const schemes = shares.layers.map((layer) => layer.scheme);
  return (
    <>
      {Object.values<Target & { readonly id: ExporterId }>(TARGETS).map((exporter) => (
        <label key={exporter.id} className="tgt">
          <span className="chk">
            <input type="radio" name="target" value={exporter.id} checked={exporter.id === target} onChange={() => onTarget(exporter.id)} />
          </span>
          <span>
            <b>{exporter.name}</b>
            <small>.{exporter.extension}</small>
          </span>
          <span>
            <TargetFit floats={floats} all={all} lowered={exporter.lowers?.(schemes) ?? null} />
            <small className="tgt-d">{exporter.description}</small>
          </span>
          <TargetBytes bytes={exporter.id === 'bitw' ? shares.totalBytes : exporter.id === target ? fileBytes : null} />
        </label>
      ))}
    </>
  );
}

function TargetFit({ floats, all, lowered }: { readonly floats: number; readonly all: number; readonly lowered: string | null }) {
  const stays = floats === 0 ? [] : [`${floats} of ${all} layers stay FP32`];
  const sentences = lowered === null ? stays : [lowered, ...stays];
  if (sentences.length === 0) {
    return (
      <span className="tick">
        <Icon of={Check} />
        All {all} layers run in integers, as measured here
      </span>
    );
  }
  return (
    <span className="warn row row-1">
      <Icon of={TriangleAlert} />
      {sentences.join('; ')}
    </span>
  );
}

function TargetBytes({ bytes }: { readonly bytes: number | null }) {
  return (
    <span className="num" title={bytes === null ? 'Known when the file has been proved' : join(formats.exactSize(bytes))}>
      {bytes === null ? MISSING : join(formats.size(bytes))}
    </span>
  );
}

const BOARD_COLUMNS: readonly TableColumn[] = [
  { id: 'board', head: 'Board class', width: 'col-b1' },
  { id: 'flash', head: 'Flash', numeric: true, width: 'col-b2' },
  { id: 'bar', head: 'Weights' },
  { id: 'result', head: 'Result', width: 'col-b3' },
];

/** Flash that the weights alone take; code and memory of a run belong to targets that bring their own code. */
export function BoardTable({ weightBytes }: { readonly weightBytes: number }) {
  return (
    <table className="tg simple" aria-label="Fit on boards">
      <TableHead columns={BOARD_COLUMNS} />
      <tbody>
        {BOARDS.map((board) => {
          const fit = boardFit(weightBytes, board.flashBytes);
          const difference = join(formats.deviceMemory(fit.differenceBytes));
          return (
            <tr key={board.name}>
              <td className="c-first">{board.name}</td>
              <td className="num">{join(formats.deviceMemory(board.flashBytes))}</td>
              <td>
                <svg className="fitbar" aria-hidden="true">
                  <rect className={fit.fits ? 'b2' : 'over'} width={`${Math.min(100, fit.share * 100).toFixed(1)}%`} height="8" />
                </svg>
              </td>
              <td className="c-last">
                <span className={fit.fits ? 'tick' : 'cross-x'}>
                  <Icon of={fit.fits ? Check : X} />
                  {difference} flash {fit.fits ? 'free' : 'short'}
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const LAYER_COLUMNS: readonly TableColumn[] = [
  { id: 'layer', head: 'Layer' },
  { id: 'precision', head: 'Precision', width: 'col-p3' },
  { id: 'bytes', head: 'Bytes', numeric: true, width: 'col-p2' },
  { id: 'share', head: 'Of the file', numeric: true, width: 'col-p2' },
];

export function Contents({ files, shares, ofPacked, command }: PackageSideProps) {
  return (
    <>
      <div className="contents">
        <FileList files={files} />
        <div className="only-narrow-block">
          <ByteBar shares={shares} ofPacked={ofPacked} />
        </div>
        <div className="only-narrow-block">
          <CommandLine command={command} />
        </div>
      </div>
      <table className="tg simple" aria-label="Bytes of each layer">
        <TableHead columns={LAYER_COLUMNS} />
        <tbody>
          {shares.layers.map((layer) => (
            <tr key={layer.layer}>
              <td className="c-first">{layer.layer}</td>
              <td>
                <Chip scheme={layer.scheme} />
              </td>
              <td className="num">{formats.count(layer.bytes)}</td>
              <td className="c-last num soft">{formats.percent(layer.bytes / shares.totalBytes, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
