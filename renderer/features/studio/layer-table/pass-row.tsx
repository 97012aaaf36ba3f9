import { memo } from 'react';
import type { ReactElement } from 'react';
import { MISSING } from '../../../../core/base/format.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import type { ViewNode } from '../../../state/select/view-graph.ts';
import { classes } from '../../../ui/classes.ts';
import { Icon } from '../../../ui/icon.tsx';
import { opIcon } from '../op-icons.ts';
import { cellsOf, narrowClass } from './columns.tsx';
import { KilobytesCell } from './figure-cells.tsx';

export interface PassRowProps {
  readonly node: ViewNode;
  readonly level: number;
  readonly selected: boolean;
  readonly tabStop: boolean;
  readonly bytes: number;
  readonly note: string;
  readonly columns: readonly ColumnId[];
}

const CELLS: Readonly<Record<ColumnId, (props: PassRowProps) => ReactElement>> = {
  operator: ({ node }) => (
    <td key="operator" role="gridcell" title={node.sourceOp ?? node.op}>
      {node.sourceOp ?? node.op}
    </td>
  ),
  shape: ({ columns, node }) => (
    <td key="shape" role="gridcell" className={classes(narrowClass(columns, 'shape'))}>
      {node.shape.slice(1).join('×')}
    </td>
  ),
  parameters: () => (
    <td key="parameters" role="gridcell" className="num">
      0
    </td>
  ),
  operations: () => <td key="operations" role="gridcell" />,
  bytes: ({ bytes }) => <KilobytesCell key="bytes" bytes={bytes} />,
  time: () => (
    <td key="time" role="gridcell" className="num">
      {MISSING}
    </td>
  ),
  cost: () => <td key="cost" role="gridcell" />,
  sensitivity: () => <td key="sensitivity" role="gridcell" />,
  sqnr: () => <td key="sqnr" role="gridcell" />,
};

/** A node without a precision of its own. */
export const PassRow = memo(function PassRow(props: PassRowProps) {
  const { node, level, selected, tabStop, note, columns } = props;
  return (
    <tr role="row" data-row={node.id} className="pass" aria-level={level} aria-selected={selected} tabIndex={tabStop ? 0 : -1}>
      <td role="gridcell" className="c-first">
        <span className={classes('nm', level === 2 && 'lv2')}>
          <Icon of={opIcon(node.op)} className="op" />
          <span className="trunc" title={node.id}>
            {node.label}
          </span>
        </span>
      </td>
      {cellsOf(columns, CELLS, props)}
      <td role="gridcell" />
      <td role="gridcell" className="c-last t-11">
        {note}
      </td>
    </tr>
  );
});
