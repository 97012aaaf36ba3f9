import { memo } from 'react';
import type { ReactElement } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { OVERLAYS } from '../../../../core/analysis/overlays.ts';
import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import { MISSING } from '../../../../core/base/format.ts';
import { chooseScheme } from '../../../commands/layers.ts';
import { setExpanded } from '../../../state/session.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import type { ViewBlock } from '../../../state/select/view-graph.ts';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icon.tsx';
import { Ladder } from '../../../ui/ladder.tsx';
import { cellsOf, narrowClass } from './columns.tsx';
import { CostCell, kilobytes, milliseconds } from './figure-cells.tsx';

export interface BlockRowProps {
  readonly block: ViewBlock;
  readonly layers: readonly string[];
  readonly expanded: boolean;
  readonly selected: boolean;
  readonly tabStop: boolean;
  readonly parameters: number;
  readonly bytes: number;
  readonly milliseconds: number | null;
  readonly timeMeasured: boolean;
  readonly cost: number | null;
  readonly operations: number;
  readonly columns: readonly ColumnId[];
  /** Layers per rung, as one string so that equal rows are equal: "0,1,1,0,0,0". */
  readonly uses: string;
}

const CELLS: Readonly<Record<ColumnId, (props: BlockRowProps) => ReactElement>> = {
  operator: () => <td key="operator" role="gridcell" />,
  shape: ({ columns }) => <td key="shape" role="gridcell" className={classes(narrowClass(columns, 'shape'))} />,
  parameters: ({ parameters }) => (
    <td key="parameters" role="gridcell" className="num">
      {formats.count(parameters)}
    </td>
  ),
  operations: ({ operations }) => (
    <td key="operations" role="gridcell" className="num">
      {OVERLAYS.operations.text(operations, formats)}
    </td>
  ),
  bytes: ({ bytes }) => (
    <td key="bytes" role="gridcell" className="num">
      {kilobytes(bytes)}
    </td>
  ),
  time: ({ milliseconds: time, timeMeasured }) => (
    <td key="time" role="gridcell" className="num">
      {time === null ? MISSING : <span className={timeMeasured ? undefined : 'est'}>{milliseconds(time)}</span>}
    </td>
  ),
  cost: ({ cost }) => <CostCell key="cost" cost={cost} estimated />,
  sensitivity: () => <td key="sensitivity" role="gridcell" />,
  sqnr: () => <td key="sqnr" role="gridcell" />,
};

export const BlockRow = memo(function BlockRow(props: BlockRowProps) {
  const { block, layers, expanded, selected, tabStop, columns, uses } = props;
  const counts = uses.split(',').map(Number);
  return (
    <tr role="row" data-row={block.id} className="grp" aria-level={1} aria-expanded={expanded} aria-selected={selected} tabIndex={tabStop ? 0 : -1}>
      <td role="gridcell" className="c-first">
        <span className="nm">
          <span className="tw-hit" onClick={() => setExpanded([block.id], !expanded)}>
            <Icon of={expanded ? ChevronDown : ChevronRight} className="tw" />
          </span>
          <span className="trunc">{block.label}</span>
        </span>
      </td>
      {cellsOf(columns, CELLS, props)}
      <td role="gridcell" />
      <td role="gridcell" className="c-last">
        <Ladder
          label={`Precision of ${block.label}`}
          value={null}
          inGrid
          rungs={SCHEME_IDS.map((id, index) => ({ scheme: id, refusal: null, harm: 0, forecast: '', uses: counts[index] }))}
          onChoose={(scheme: SchemeId) => chooseScheme(layers, scheme)}
          onLeave={() => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(block.id)}"]`)?.focus()}
        />
      </td>
    </tr>
  );
});

export function usesText(schemes: readonly SchemeId[]): string {
  return SCHEME_IDS.map((id) => schemes.filter((scheme) => scheme === id).length).join(',');
}

