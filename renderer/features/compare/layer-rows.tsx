import { useState, type DragEvent } from 'react';
import { Copy } from 'lucide-react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { classes } from '../../ui/classes.ts';

export interface LayerCell {
  readonly variant: string;
  readonly letter: string;
  readonly scheme: SchemeId;
  readonly size: string;
  /** "40.3 dB", or empty while it is not known. */
  readonly sqnr: string;
  readonly odd: boolean;
  /** Differs from the variant in work, so that its setting can be copied there. */
  readonly copies: boolean;
}

export interface LayerRow {
  readonly layer: string;
  readonly cells: readonly LayerCell[];
}

export interface LayerRowsProps {
  readonly rows: readonly LayerRow[];
  readonly columns: number;
  /** "2 layers are the same in A, B and C: …", or null. */
  readonly same: string | null;
  readonly onShowAll: () => void;
  /** Into the variant in work where no other is named. */
  readonly onCopy: (layer: string, from: string, to?: string) => void;
}

/** With more columns a precision is its letter alone. */
const ROOMY_COLUMNS = 4;

/** A setting that is being dragged: of a layer, from the column of a variant. */
interface Dragged {
  readonly layer: string;
  readonly variant: string;
}

const DRAG_TYPE = 'application/x-bitwright-setting';

/** One line a layer; cells that are not like the others are tinted. A setting can be dragged along its line into another column. */
export function LayerRows({ rows, columns, same, onShowAll, onCopy }: LayerRowsProps) {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  return (
    <section aria-label="Layers of the compared variants" className="scroll cols-scroll" tabIndex={0}>
      {rows.map((row) => (
        <div key={row.layer} className={`cols cols-r cols-${columns}`}>
          <div title={row.layer}>
            <span className="trunc">{row.layer}</span>
          </div>
          {row.cells.map((cell) => (
            <Cell key={cell.variant} layer={row.layer} cell={cell} short={columns > ROOMY_COLUMNS} dragged={dragged?.layer === row.layer ? dragged : null} onDrag={setDragged} onCopy={onCopy} />
          ))}
        </div>
      ))}
      {same && (
        <div className="same u">
          {same}{' '}
          <button type="button" className="link" onClick={onShowAll}>
            Show them
          </button>
        </div>
      )}
    </section>
  );
}

interface CellProps extends Pick<LayerRowsProps, 'onCopy'> {
  readonly layer: string;
  readonly cell: LayerCell;
  readonly short: boolean;
  /** A setting of this layer, wherever it comes from. */
  readonly dragged: Dragged | null;
  readonly onDrag: (dragged: Dragged | null) => void;
}

function Cell({ layer, cell, short, dragged, onDrag, onCopy }: CellProps) {
  const [isOver, setIsOver] = useState(false);
  const takes = dragged !== null && dragged.variant !== cell.variant;
  const start = (event: DragEvent) => {
    event.dataTransfer.setData(DRAG_TYPE, layer);
    event.dataTransfer.effectAllowed = 'copy';
    onDrag({ layer, variant: cell.variant });
  };
  const over = (event: DragEvent) => {
    if (!takes) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setIsOver(true);
  };
  const drop = (event: DragEvent) => {
    setIsOver(false);
    onDrag(null);
    if (!takes) return;
    event.preventDefault();
    onCopy(layer, dragged.variant, cell.variant);
  };
  return (
    <div className={classes(cell.odd && 'odd', takes && 'takes', takes && isOver && 'is-over')} onDragOver={over} onDragLeave={() => setIsOver(false)} onDrop={drop}>
      <span className="drag" draggable title={`Drag to another column to copy the setting of ${layer}`} onDragStart={start} onDragEnd={() => onDrag(null)}>
        <Chip scheme={cell.scheme} short={short} />
      </span>
      <span className="u">{cell.size}</span>
      <span className="grow" />
      <span className="soft col-db">{cell.sqnr}</span>
      {cell.copies ? (
        <IconButton icon={Copy} label={`Copy the setting of ${layer} from ${cell.letter} to the variant in work`} onClick={() => onCopy(layer, cell.variant)} />
      ) : (
        <span className="cp" />
      )}
    </div>
  );
}
