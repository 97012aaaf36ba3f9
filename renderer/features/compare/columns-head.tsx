import { Gauge, Plus, X } from 'lucide-react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import type { ChangeText } from '../../../core/base/format.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CheckBox } from '../../ui/field.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Menu, type MenuEntry } from '../../ui/menu.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import type { ComparingState } from '../../state/comparing.ts';
import type { Summary } from './view-model.ts';

export interface Column {
  readonly id: string;
  readonly letter: string;
  readonly name: string;
  readonly schemes: readonly SchemeId[];
  readonly summary: Summary;
  /** Why nothing can be measured, or null. */
  readonly measureBlocked: string | null;
  readonly removable: boolean;
}

export interface ColumnsHeadProps {
  readonly columns: readonly Column[];
  readonly limit: number;
  readonly addable: readonly MenuEntry[];
  readonly onlyDifferences: boolean;
  readonly onOnlyDifferences: (only: boolean) => void;
  /** What stands below. */
  readonly view: ComparingState['view'];
  readonly onView: (view: ComparingState['view']) => void;
  readonly onMeasure: (id: string) => void;
  readonly onRemove: (id: string) => void;
}

const VIEWS = [
  { id: 'layers', label: 'Layers' },
  { id: 'graphs', label: 'Graphs' },
] as const;

export function ColumnsHead(props: ColumnsHeadProps) {
  const { columns, limit, addable, onlyDifferences, onOnlyDifferences, view, onView, onMeasure, onRemove } = props;
  const full = columns.length >= limit ? `${limit} columns are the most.` : addable.length === 0 ? 'Every variant is shown.' : null;
  return (
    <section aria-label="Summary">
      <div className={`cols cols-h cols-${columns.length}`}>
        <div className="stack-2">
          <div className="row row-between">
            <span>
              {columns.length} of {limit}
            </span>
            {full ? (
              <Button size="small" icon={Plus} disabledReason={full}>
                Add
              </Button>
            ) : (
              <Menu
                entries={addable}
                trigger={
                  <Button size="small" icon={Plus}>
                    Add
                  </Button>
                }
              />
            )}
          </div>
          <div>
            <Segmented label="Shown below" value={view} choices={VIEWS} onChange={onView} />
          </div>
          <CheckBox label="Only differences" checked={onlyDifferences} onChange={onOnlyDifferences} />
        </div>
        {columns.map((column) => (
          <ColumnHead key={column.id} column={column} onMeasure={onMeasure} onRemove={onRemove} />
        ))}
      </div>
    </section>
  );
}

function ColumnHead({ column, onMeasure, onRemove }: { readonly column: Column } & Pick<ColumnsHeadProps, 'onMeasure' | 'onRemove'>) {
  const { summary } = column;
  const missing = !summary.accuracy || !summary.speed;
  return (
    <div className="col-head">
      <div className="row">
        <span className="tag vt-col">{column.letter}</span>
        <h2 className="trunc" title={column.name}>
          {column.name}
        </h2>
        <span className="grow" />
        <Fingerprint schemes={column.schemes} />
        {column.removable && <IconButton icon={X} label={`Remove ${column.name} from the comparison`} className="col-x" onClick={() => onRemove(column.id)} />}
      </div>
      <dl className="sums">
        <div>
          <dt>Size</dt>
          <dd title={summary.size.exact}>
            {summary.size.value} <small>{summary.size.unit}</small>
          </dd>
          <dd className={classes('dl', toneClass(summary.size.meaning))}>{summary.size.ratio}</dd>
        </div>
        <div>
          <dt>{summary.accuracy?.measure === 'agreement' ? 'Agreement' : 'Accuracy'}</dt>
          <dd title={summary.accuracy ? `${summary.accuracy.images} images` : undefined}>
            {summary.accuracy ? (
              <>
                {summary.accuracy.value} <small>{summary.accuracy.spread}</small>
              </>
            ) : (
              '–'
            )}
          </dd>
          <Change change={summary.accuracy?.change ?? null} />
        </div>
        <div>
          <dt>Speed</dt>
          <dd>
            {summary.speed ? (
              <>
                {summary.speed.value} <small>{summary.speed.unit}</small>
              </>
            ) : (
              '–'
            )}
          </dd>
          <dd className={classes('dl', summary.speed && toneClass(summary.speed.meaning))} title={summary.speed?.why}>
            {summary.speed?.ratio}
          </dd>
        </div>
      </dl>
      {missing && (
        <Button size="small" icon={Gauge} className="col-measure" disabledReason={column.measureBlocked} onClick={() => onMeasure(column.id)}>
          Measure
        </Button>
      )}
    </div>
  );
}

export function toneClass(meaning: ChangeText['meaning']): string {
  return meaning === 'none' ? 'u' : meaning;
}

function Change({ change }: { readonly change: ChangeText | null }) {
  if (!change) return <dd className="dl" />;
  return <dd className={classes('dl', toneClass(change.meaning))}>{`${change.arrow} ${change.text}`.trim()}</dd>;
}
