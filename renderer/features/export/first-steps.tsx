import { Check, TriangleAlert, X } from 'lucide-react';
import { join } from '../../../core/base/format.ts';
import { TARGETS, type ExporterId } from '../../../core/export/targets.ts';
import { Chip } from '../../ui/chip.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { BOARDS, boardFit, type ByteShares } from './export-view.ts';
import { ByteBar, CommandLine, FileList, type PackageFileLine } from './package-side.tsx';

export interface TargetListProps {
  readonly target: ExporterId;
  readonly shares: ByteShares;
  readonly onTarget: (target: ExporterId) => void;
}

const FLOAT = 'float32';

/** One row an export target, each with what it makes of the plan. */
export function TargetList({ target, shares, onTarget }: TargetListProps) {
  const floats = shares.layers.filter((layer) => layer.scheme === FLOAT).length;
  const all = shares.layers.length;
  return (
    <>
      {Object.values(TARGETS).map((exporter) => (
        <label key={exporter.id} className="tgt">
          <span className="chk">
            <input type="radio" name="target" value={exporter.id} checked={exporter.id === target} onChange={() => onTarget(exporter.id)} />
          </span>
          <span>
            <b>{exporter.name}</b>
            <small>.{exporter.extension}</small>
          </span>
          <span>
            {floats === 0 ? (
              <span className="tick">
                <Icon of={Check} />
                All {all} layers run in integers, as measured here
              </span>
            ) : (
              <span className="warn row row-1">
                <Icon of={TriangleAlert} />
                {floats} of {all} layers stay FP32
              </span>
            )}
            <small className="tgt-d">{exporter.description}</small>
          </span>
          <span className="num" title={join(formats.exactSize(shares.totalBytes))}>
            {join(formats.size(shares.totalBytes))}
          </span>
        </label>
      ))}
    </>
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

export function Contents({ files, shares, command }: { readonly files: readonly PackageFileLine[]; readonly shares: ByteShares; readonly command: string }) {
  return (
    <>
      <div className="contents">
        <FileList files={files} />
        <div className="only-narrow-block">
          <ByteBar shares={shares} />
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
