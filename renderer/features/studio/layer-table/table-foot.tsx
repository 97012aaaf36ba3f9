import { MISSING, about } from '../../../../core/base/format.ts';
import { baselineKey } from '../../../state/keys.ts';
import { useActivity } from '../../../state/hooks.ts';
import { estimatedMilliseconds } from '../../../state/select/estimates.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { formats } from '../../../ui/format.ts';
import { CostCell, kilobytes, milliseconds } from './figure-cells.tsx';
import { footFigures } from './table-view.ts';

export function TableFoot({ network }: { readonly network: ActiveNetwork }) {
  const speed = useActivity((state) => state.speeds[network.key]);
  const estimated = useActivity((state) => estimatedMilliseconds(network, state));
  const evaluation = useActivity((state) => state.evaluations[network.key]);
  const baseline = useActivity((state) => state.evaluations[baselineKey(network.project)]);
  const { layers, parameters, totalBytes, headerBytes, bitsPerWeight } = footFigures(network);
  const time = speed?.milliseconds ?? estimated;
  const comparable = evaluation && baseline && evaluation.count === baseline.count;
  return (
    <tfoot role="rowgroup">
      <tr role="row">
        <td role="gridcell" className="c-first">
          {formats.count(layers)} layers
        </td>
        <td role="gridcell" className="soft hide-narrow" />
        <td role="gridcell" className="num">
          {formats.count(parameters)}
        </td>
        <td role="gridcell" className="num" title={`${formats.count(totalBytes)} B`}>
          {kilobytes(totalBytes)}
        </td>
        <td role="gridcell" className="num">
          {time === null ? MISSING : <span className={speed ? undefined : 'est'} title={speed ? undefined : about(milliseconds(time))}>{milliseconds(time)}</span>}
        </td>
        <CostCell cost={comparable ? evaluation.accuracy - baseline.accuracy : null} />
        <td role="gridcell" />
        <td role="gridcell" className="c-last soft t-11">
          {formats.decimal(bitsPerWeight, 2)} bits per weight, header {kilobytes(headerBytes)} KB
        </td>
      </tr>
    </tfoot>
  );
}
