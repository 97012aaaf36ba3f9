import { memo } from 'react';
import type { ReactElement } from 'react';
import { Lock } from 'lucide-react';
import { SCHEME_IDS } from '../../../../core/schemes/index.ts';
import type { SchemeId } from '../../../../core/schemes/scheme.ts';
import { chooseScheme, selectedLayers } from '../../../commands/layers.ts';
import { kernelText, type LayerInfo } from '../../../state/select/layers.ts';
import type { ColumnId } from '../../../state/select/table-columns.ts';
import type { ViewNode } from '../../../state/select/view-graph.ts';
import { sessionStore } from '../../../state/session.ts';
import { classes } from '../../../ui/classes.ts';
import { formats } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icon.tsx';
import { Ladder, type LadderProps } from '../../../ui/ladder.tsx';
import { opIcon } from '../op-icons.ts';
import { cellsOf, narrowClass } from './columns.tsx';
import { CostCell, KilobytesCell, MoreCell, TimeCell } from './figure-cells.tsx';

export interface LayerRowProps {
  readonly node: ViewNode;
  readonly info: LayerInfo;
  readonly level: number;
  readonly scheme: SchemeId;
  readonly locked: boolean;
  readonly selected: boolean;
  readonly tabStop: boolean;
  readonly bytes: number;
  readonly milliseconds: number | null;
  readonly timeMeasured: boolean;
  /** float32 ÷ this, where the layer is slower than float32. */
  readonly slower: number | null;
  readonly cost: number | null;
  /** Texts of the further columns, a line each; empty where none of them is shown. */
  readonly more: string;
  readonly columns: readonly ColumnId[];
  /** Harm steps per rung, one digit each. */
  readonly harm: string;
  /** What each rung is called to a screen reader; empty where no forecast was made. */
  readonly spoken: readonly string[];
  readonly onPreview: (layer: string, scheme: SchemeId | null, element: HTMLElement | null) => void;
}

const NONE: readonly string[] = [];
export const NO_FORECASTS = NONE;

/** One click on a rung sets the row, or the whole selection where the row is part of it. */
function choose(layer: string, scheme: SchemeId): void {
  const selected = selectedLayers();
  const together = selected.length > 1 && selected.includes(layer);
  if (!together) sessionStore.setState({ selection: [layer], focused: layer, anchor: layer });
  chooseScheme(together ? selected : [layer], scheme);
}

const CELLS: Readonly<Record<ColumnId, (props: LayerRowProps) => ReactElement>> = {
  operator: ({ node }) => (
    <td key="operator" role="gridcell" className="soft" title={node.op}>
      {node.op}
    </td>
  ),
  shape: ({ columns, info }) => (
    <td key="shape" role="gridcell" className={classes('soft', narrowClass(columns, 'shape'))}>
      {kernelText(info)}
    </td>
  ),
  parameters: ({ info }) => (
    <td key="parameters" role="gridcell" className="num soft">
      {formats.count(info.parameters)}
    </td>
  ),
  operations: ({ more }) => <MoreCell key="operations" id="operations" more={more} />,
  bytes: ({ bytes }) => <KilobytesCell key="bytes" bytes={bytes} />,
  time: ({ milliseconds, timeMeasured, slower }) => <TimeCell key="time" milliseconds={milliseconds} measured={timeMeasured} slower={slower} />,
  cost: ({ cost }) => <CostCell key="cost" cost={cost} />,
  sensitivity: ({ more }) => <MoreCell key="sensitivity" id="sensitivity" more={more} />,
  sqnr: ({ more }) => <MoreCell key="sqnr" id="sqnr" more={more} />,
};

export const LayerRow = memo(function LayerRow(props: LayerRowProps) {
  const { node, info, level, scheme, locked, selected, tabStop, columns, harm, spoken, onPreview } = props;
  const preview: LadderProps['onPreview'] = (rung, element) => onPreview(node.id, rung, element);
  const leave = (): void => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(node.id)}"]`)?.focus();
  return (
    <tr role="row" data-row={node.id} aria-level={level} aria-selected={selected} tabIndex={tabStop ? 0 : -1}>
      <td role="gridcell" className="c-first">
        <span className={classes('nm', level === 2 && 'lv2')}>
          <Icon of={opIcon(node.op)} className="op" />
          <span className="trunc" title={node.id}>
            {node.label}
          </span>
        </span>
      </td>
      {cellsOf(columns, CELLS, props)}
      <td role="gridcell">
        {locked && (
          <span title="Locked by you">
            <Icon of={Lock} size={12} className="lk" />
            <span className="sr">locked</span>
          </span>
        )}
      </td>
      <td role="gridcell" className="c-last">
        <Ladder
          label={`Precision of ${node.id}`}
          value={scheme}
          locked={locked}
          inGrid
          rungs={SCHEME_IDS.map((id, index) => ({
            scheme: id,
            refusal: info.refusals[id],
            harm: Number(harm[index]),
            forecast: spoken[index] ?? '',
            uses: 0,
          }))}
          onChoose={(rung) => choose(node.id, rung)}
          onPreview={preview}
          onLeave={leave}
        />
      </td>
    </tr>
  );
});
