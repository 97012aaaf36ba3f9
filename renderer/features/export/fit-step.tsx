import { useState } from 'react';
import { Check, Plus, Trash2, X } from 'lucide-react';
import { useStore } from 'zustand';
import { join } from '../../../core/base/format.ts';
import type { ArenaUse } from '../../../core/export/result.ts';
import { addBoard, removeBoard, resetBoards } from '../../commands/boards.ts';
import { boardsStore, COMMON_BOARDS, type Board } from '../../state/boards.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { NumberInput } from '../../ui/number-input.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { arenaBoxes, fitOf, type Need } from './fit-view.ts';

const COLUMNS: readonly TableColumn[] = [
  { id: 'board', head: 'Board', width: 'col-b1' },
  { id: 'flash', head: 'Flash', numeric: true, width: 'col-b2' },
  { id: 'flash-bar', head: 'code, then network', width: 'col-bar' },
  { id: 'ram', head: 'RAM', numeric: true, width: 'col-b2' },
  { id: 'ram-bar', head: 'peak', width: 'col-bar' },
  { id: 'result', head: 'Result', width: 'col-b3' },
  { id: 'remove', head: <span className="sr">Remove</span>, width: 'col-b4' },
];

/** Boards with what the target leaves of each, and the memory of a run over its steps. */
export function FitStep({ need, arena }: { readonly need: Need; readonly arena: ArenaUse | null }) {
  const { boards } = useStore(boardsStore);
  return (
    <>
      <table className="tg simple" aria-label="Fit on boards">
        <TableHead columns={COLUMNS} />
        <tbody>
          {boards.map((board) => (
            <BoardRow key={board.name} board={board} need={need} />
          ))}
        </tbody>
      </table>
      <BoardForm changed={boards !== COMMON_BOARDS} />
      {arena && <ArenaPicture arena={arena} />}
    </>
  );
}

function BoardRow({ board, need }: { readonly board: Board; readonly need: Need }) {
  const fit = fitOf(need, board, formats);
  const width = (share: number) => `${Math.min(100, share * 100).toFixed(1)}%`;
  return (
    <tr>
      <td className="c-first">
        <span className="trunc" title={board.name}>
          {board.name}
        </span>
      </td>
      <td className="num">{join(formats.deviceMemory(board.flashBytes))}</td>
      <td className="col-bar">
        <svg className="fitbar" aria-hidden="true">
          <rect className={fit.flashShare <= 1 ? 'b2' : 'over'} width={width(fit.flashShare)} height="8" />
          <rect className="a" width={width(fit.codeShare)} height="8" />
        </svg>
      </td>
      <td className="num">{join(formats.deviceMemory(board.ramBytes))}</td>
      <td className="col-bar">
        {fit.ramShare === null ? (
          <span className="u">not known</span>
        ) : (
          <svg className="fitbar" aria-hidden="true">
            <rect className={fit.ramShare <= 1 ? 'b2' : 'over'} width={width(fit.ramShare)} height="8" />
          </svg>
        )}
      </td>
      <td>
        <span className={fit.fits ? 'tick' : 'cross-x'}>
          <Icon of={fit.fits ? Check : X} />
          {fit.result}
        </span>
      </td>
      <td className="c-last">
        <IconButton icon={Trash2} label={`Remove ${board.name}`} onClick={() => removeBoard(board.name)} />
      </td>
    </tr>
  );
}

function BoardForm({ changed }: { readonly changed: boolean }) {
  const [draft, setDraft] = useState({ name: '', flash: 256, ram: 64 });
  const name = draft.name.trim();
  const add = () => {
    addBoard({ name, flashBytes: Math.round(draft.flash * 1024), ramBytes: Math.round(draft.ram * 1024) });
    setDraft({ ...draft, name: '' });
  };
  return (
    <div className="board-form" role="group" aria-label="Another board">
      <TextInput label="Name of a board" placeholder="Another board" value={draft.name} onChange={(text) => setDraft({ ...draft, name: text.slice(0, 60) })} />
      <NumberInput label="Flash in KiB" value={draft.flash} minimum={1} maximum={2 ** 30} step={64} unit="KiB flash" onChange={(flash) => setDraft({ ...draft, flash })} />
      <NumberInput label="RAM in KiB" value={draft.ram} minimum={1} maximum={2 ** 30} step={16} unit="KiB RAM" onChange={(ram) => setDraft({ ...draft, ram })} />
      <Button size="small" icon={Plus} disabledReason={name === '' ? 'A board needs a name.' : null} onClick={add}>
        Add
      </Button>
      <span className="grow" />
      {changed && (
        <Button kind="quiet" size="small" onClick={resetBoards}>
          Common boards
        </Button>
      )}
    </div>
  );
}

const share = (part: number): string => `${(100 * part).toFixed(3)}%`;

function ArenaPicture({ arena }: { readonly arena: ArenaUse }) {
  const { steps, peak } = arena;
  return (
    <section className="arena" aria-label="Memory of a run">
      <div className="sect-h">
        <h3>Memory of a run, step by step</h3>
        <span className="dim">{join(formats.deviceMemory(arena.bytes))}</span>
      </div>
      <svg className="arena-map" role="img" aria-label={`Memory over ${steps.length} steps; it peaks at ${join(formats.deviceMemory(peak.bytes))}, at ${steps[peak.step]}.`}>
        {arenaBoxes(arena).map((box, index) => (
          <rect key={index} className={box.atPeak ? 'at-peak' : undefined} x={share(box.x)} y={share(box.y)} width={share(box.width)} height={share(box.height)}>
            <title>{box.name}</title>
          </rect>
        ))}
        <line x1={share((peak.step + 0.5) / steps.length)} x2={share((peak.step + 0.5) / steps.length)} y1="0" y2="100%" />
      </svg>
      <p className="u t-11">
        Each box is a stored value: as wide as the steps that need it, as high as its bytes. Filled: in use at the peak, {steps[peak.step]}, {join(formats.deviceMemory(peak.bytes))}.
      </p>
    </section>
  );
}
