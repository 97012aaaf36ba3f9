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
  readonly onCopy: (layer: string, variant: string) => void;
}

/** With more columns a precision is its letter alone. */
const ROOMY_COLUMNS = 4;

/** One line a layer; cells that are not like the others are tinted. */
export function LayerRows({ rows, columns, same, onShowAll, onCopy }: LayerRowsProps) {
  return (
    <section aria-label="Layers of the compared variants" className="scroll cols-scroll" tabIndex={0}>
      {rows.map((row) => (
        <div key={row.layer} className={`cols cols-r cols-${columns}`}>
          <div title={row.layer}>
            <span className="trunc">{row.layer}</span>
          </div>
          {row.cells.map((cell) => (
            <div key={cell.variant} className={classes(cell.odd && 'odd')}>
              <Chip scheme={cell.scheme} short={columns > ROOMY_COLUMNS} />
              <span className="u">{cell.size}</span>
              <span className="grow" />
              <span className="soft col-db">{cell.sqnr}</span>
              {cell.copies ? (
                <IconButton icon={Copy} label={`Copy the setting of ${row.layer} from ${cell.letter} to the variant in work`} onClick={() => onCopy(row.layer, cell.variant)} />
              ) : (
                <span className="cp" />
              )}
            </div>
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
