import { Suspense, useEffect, useMemo, type ComponentType } from 'react';
import { inspectVariants, measureVariant, networkOf as networkIn, copySetting } from '../../commands/comparing.ts';
import { gapBlocked } from '../../commands/explaining.ts';
import { canRun } from '../../commands/measure.ts';
import { runCommand } from '../../commands/table.ts';
import { blobs } from '../../state/blobs.ts';
import { COLUMN_LETTERS, comparingStore, shownColumns, shownPair, toggleColumn, type VariantPair } from '../../state/comparing.ts';
import { applyEdit } from '../../state/document.ts';
import { activateVariant } from '../../state/edits/variants.ts';
import { ORIGINAL } from '../../state/edits/new-project.ts';
import { gapKey } from '../../state/keys.ts';
import { useActivity, useDataState, useProject } from '../../state/hooks.ts';
import type { Project } from '../../../core/project/schema.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import type { MenuEntry } from '../../ui/menu.tsx';
import { formats } from '../../ui/format.ts';
import { AnswersPanels } from './answers-panels.tsx';
import { ColumnsHead, type Column } from './columns-head.tsx';
import { againstText, factsText, layerRows, letterOf, numbersOf, sameText, scatterPoints, shortName } from './compare-view.ts';
import { GapDialog } from './gap-dialog.tsx';
import { shortFinding } from './gap-view.ts';
import { LayerRows } from './layer-rows.tsx';
import { pairMenu, pairsOf } from './pairs.ts';
import { ScatterChart } from './scatter-chart.tsx';
import { treeRows } from './tree.ts';
import { useComparing } from './use-comparing.ts';
import { VariantsPane } from './variants-pane.tsx';
import { sharedAnswers, summarise } from './view-model.ts';

export interface CompareScreenProps {
  /** Two graphs side by side. */
  readonly graphs: ComponentType<{
    readonly before: ActiveNetwork;
    readonly after: ActiveNetwork;
    readonly names: { readonly before: string; readonly after: string };
    readonly pairs: readonly MenuEntry[];
  }>;
}

export function CompareScreen({ graphs }: CompareScreenProps) {
  const project = useProject();
  return project && <Comparison project={project} graphs={graphs} />;
}

/** Two to six variants side by side. Every number was measured or is exact; what is missing can be measured from here. */
function Comparison({ project, graphs: GraphPair }: CompareScreenProps & { readonly project: Project }) {
  const { chosen, onlyDifferences, pair, allFlips, view, explaining, gapImages } = useComparing((state) => state);
  const evaluations = useActivity((state) => state.evaluations);
  const speeds = useActivity((state) => state.speeds);
  const insights = useActivity((state) => state.insights);
  const known = useMemo(() => ({ evaluations, speeds, insights }), [evaluations, speeds, insights]);
  const columns = useMemo(() => shownColumns(project, chosen), [project, chosen]);
  const networkOf = useMemo(() => (id: string) => networkIn(project, id), [project]);
  useEffect(() => inspectVariants(project, columns), [project, columns]);

  // The pictures of a project that was opened may come a moment later.
  useDataState();
  const data = project.data ? (blobs.data(project.data.hash) ?? null) : null;
  const labels = data?.test.labels ?? null;
  const numbers = new Map(project.order.map((id) => [id, numbersOf(networkOf(id), known)]));
  const of = (id: string) => numbers.get(id) ?? numbersOf(networkOf(id), known);
  const original = of(ORIGINAL);
  const rows = useMemo(() => layerRows(project, columns, networkOf, known, formats), [project, columns, networkOf, known]);
  const answers = shownPair(project, columns, pair);
  const before = answers && of(answers.before).evaluation;
  const after = answers && of(answers.after).evaluation;
  const shared = useMemo(() => (before && after ? sharedAnswers(before, after, labels) : null), [before, after, labels]);

  const floatMilliseconds = columns.map((id) => of(id).speed?.floatMilliseconds).find((value) => value !== undefined) ?? null;
  const shownRows = onlyDifferences ? rows.filter((row) => row.differs) : rows;
  const head: readonly Column[] = columns.map((id, index) => ({
    id,
    letter: COLUMN_LETTERS[index],
    name: project.variants[id].name,
    schemes: rows.map((row) => row.cells[index].scheme),
    summary: summarise(of(id), original, labels, formats, id === ORIGINAL ? floatMilliseconds : null),
    measureBlocked: canRun(networkOf(id)) ? null : 'The network holds operators that cannot be run.',
    removable: columns.length > 2,
  }));
  const others = project.order.filter((id) => !columns.includes(id));
  const gaps = useActivity((state) => state.gaps);
  const gapOf = ({ before: from, after: to }: VariantPair) => gaps[gapKey(networkOf(from), networkOf(to), gapImages)];
  const firstGap = columns.length > 1 ? gapOf({ before: columns[0], after: columns[1] }) : undefined;
  const name = (id: string) => shortName(project, columns, id);
  const pairs = pairsOf(columns);
  const choose = (chosenPair: VariantPair) => comparingStore.setState({ pair: chosenPair });
  const arrows = ({ before: from, after: to }: VariantPair) => `${name(from)} → ${name(to)}`;
  const images = shared ? `%, ${formats.count(shared.samples)} images` : '%';
  return (
    <main id="main" className="panes cmp">
      <VariantsPane
        items={treeRows(project.variants, project.order).map((row) => ({
          row,
          name: project.variants[row.id].name,
          facts: factsText(of(row.id), formats),
          measured: of(row.id).evaluation !== null,
          inWork: row.id === project.active,
          letter: letterOf(columns, row.id),
        }))}
        against={columns.length > 1 ? againstText(of(columns[0]), of(columns[1]), data, rows.filter((row) => row.cells[0].scheme !== row.cells[1].scheme).length, formats) : null}
        finding={firstGap?.isComplete && firstGap.gap.kind === 'plan' ? shortFinding(firstGap.gap, formats) : null}
        explain={pairMenu(pairs, null, arrows, (one) => comparingStore.setState({ pair: one, explaining: true }))}
        explainBlocked={gapBlocked(project)}
        onToggle={(id) => toggleColumn(project, id)}
        onOpen={(id) => applyEdit(`Work on ${project.variants[id].name}`, (current) => activateVariant(current, id))}
        onBranch={() => runCommand('branch')}
      />
      <div className="cmp-main">
        <h1 className="sr">Compare</h1>
        <ColumnsHead
          columns={head}
          limit={COLUMN_LETTERS.length}
          addable={others.map((id) => ({ id, label: project.variants[id].name, onSelect: () => toggleColumn(project, id) }))}
          onlyDifferences={onlyDifferences}
          onOnlyDifferences={(only) => comparingStore.setState({ onlyDifferences: only })}
          view={view}
          onView={(next) => comparingStore.setState({ view: next })}
          onMeasure={(id) => void measureVariant(id)}
          onRemove={(id) => toggleColumn(project, id)}
        />
        {view === 'graphs' && answers ? (
          <Suspense fallback={<div className="cmp-graphs" aria-busy="true" />}>
            <GraphPair
              before={networkOf(answers.before)}
              after={networkOf(answers.after)}
              names={{ before: name(answers.before), after: name(answers.after) }}
              pairs={pairMenu(pairs, answers, ({ before: from, after: to }) => `${name(from)} beside ${name(to)}`, choose)}
            />
          </Suspense>
        ) : (
          <>
            <LayerRows rows={shownRows} columns={columns.length} same={onlyDifferences ? sameText(rows) : null} onShowAll={() => comparingStore.setState({ onlyDifferences: false })} onCopy={copySetting} />
            <div className="cmp-low">
              <ScatterChart points={scatterPoints([...numbers.values()], columns)} unit={images} formats={formats} onChoose={(id) => toggleColumn(project, id)} />
              <AnswersPanels
                before={answers ? name(answers.before) : 'FP32'}
                after={answers ? name(answers.after) : 'a variant'}
                pairs={pairMenu(pairs, answers, ({ before: from, after: to }) => `${name(to)} − ${name(from)}`, choose)}
                shared={shared}
                data={data}
                allFlips={allFlips}
              />
            </div>
          </>
        )}
      </div>
      {explaining && answers && <GapDialog project={project} pair={answers} pairs={pairMenu(pairs, answers, arrows, choose)} nameOf={name} />}
    </main>
  );
}
