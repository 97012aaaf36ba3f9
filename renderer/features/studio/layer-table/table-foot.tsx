import { memo } from 'react';
import type { ReactElement } from 'react';
import { OVERLAYS } from '../../../../core/analysis/overlays.ts';
import { MISSING, about } from '../../../../core/base/format.ts';
import { baselineKey } from '../../../state/keys.ts';
import { useActivity } from '../../../state/hooks.ts';
import { estimatedMilliseconds } from '../../../state/select/estimates.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';
import { cellsOf, narrowClass } from './columns.tsx';
import { CostCell, kilobytes, KilobytesCell, milliseconds } from './figure-cells.tsx';
import { footFigures } from './table-view.ts';

interface FootProps {
  readonly columns: readonly ColumnId[];
  readonly parameters: number;
  readonly operations: number;
  readonly totalBytes: number;
  readonly time: number | null;
  readonly measured: boolean;
  readonly cost: number | null;
}

const CELLS: Readonly<Record<ColumnId, (props: FootProps) => ReactElement>> = {
  operator: () => <td key="operator" role="gridcell" />,
  shape: ({ columns }) => <td key="shape" role="gridcell" className={classes('soft', narrowClass(columns, 'shape'))} />,
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
  bytes: ({ totalBytes }) => <KilobytesCell key="bytes" bytes={totalBytes} />,
  time: ({ time, measured }) => (
    <td key="time" role="gridcell" className="num">
      {time === null ? (
        MISSING
      ) : (
        <span className={measured ? undefined : 'est'} title={measured ? undefined : about(milliseconds(time))}>
          {milliseconds(time)}
        </span>
      )}
    </td>
  ),
  cost: ({ cost }) => <CostCell key="cost" cost={cost} />,
  sensitivity: () => <td key="sensitivity" role="gridcell" />,
  sqnr: () => <td key="sqnr" role="gridcell" />,
};

export const TableFoot = memo(function TableFoot({ network, columns }: { readonly network: ActiveNetwork; readonly columns: readonly ColumnId[] }) {
  const speed = useActivity((state) => state.speeds[network.key]);
  const estimated = useActivity((state) => estimatedMilliseconds(network, state));
  const evaluation = useActivity((state) => state.evaluations[network.key]);
  const baseline = useActivity((state) => state.evaluations[baselineKey(network.project)]);
  const { layers, parameters, operations, totalBytes, headerBytes, bitsPerWeight } = footFigures(network);
  const time = speed?.milliseconds ?? estimated;
  const comparable = evaluation && baseline && evaluation.count === baseline.count;
  return (
    <tfoot role="rowgroup">
      <tr role="row">
        <td role="gridcell" className="c-first">
          {formats.count(layers)} layers
        </td>
        {cellsOf(columns, CELLS, { columns, parameters, operations, totalBytes, time, measured: speed !== undefined, cost: comparable ? evaluation.accuracy - baseline.accuracy : null })}
        <td role="gridcell" />
        <td role="gridcell" className="c-last soft t-11">
          {formats.decimal(bitsPerWeight, 2)} bits per weight, header {kilobytes(headerBytes)} KB
        </td>
      </tr>
    </tfoot>
  );
});
