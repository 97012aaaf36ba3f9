import { useEffect } from 'react';
import { copySetting, networkOf } from '../../commands/comparing.ts';
import { gapBlocked } from '../../commands/explaining.ts';
import { explainGap } from '../../commands/gap.ts';
import { dataOf } from '../../commands/network-state.ts';
import type { Gap } from '../../../core/analysis/gap/gap.ts';
import type { Project } from '../../../core/project/schema.ts';
import { comparingStore, GAP_IMAGES, type VariantPair } from '../../state/comparing.ts';
import { useActivity } from '../../state/hooks.ts';
import { gapKey } from '../../state/keys.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formats } from '../../ui/format.ts';
import { Menu, type MenuEntry } from '../../ui/menu.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { GapLayers } from './gap-table.tsx';
import { GapValues } from './gap-values.tsx';
import { findingText, gapTable, gapText, noiseRows, partingText } from './gap-view.ts';
import { useComparing } from './use-comparing.ts';

export interface GapDialogProps {
  readonly project: Project;
  readonly pair: VariantPair;
  readonly pairs: readonly MenuEntry[];
  readonly nameOf: (variant: string) => string;
}

const close = () => comparingStore.setState({ explaining: false });
const chooseImages = (id: string) => comparingStore.setState({ gapImages: GAP_IMAGES.find((count) => String(count) === id) ?? GAP_IMAGES[0] });

/** Which layers make the difference between two variants. What is measured stops when nobody looks; what is known is kept. */
export function GapDialog({ project, pair, pairs, nameOf }: GapDialogProps) {
  const images = useComparing((state) => state.gapImages);
  const [before, after] = [networkOf(project, pair.before), networkOf(project, pair.after)];
  const present = dataOf(before)?.test.count ?? 0;
  const key = gapKey(before, after, images);
  const known = useActivity((state) => state.gaps[key]);
  const blocked = gapBlocked(project);
  useEffect(() => (blocked === null ? explainGap(key, { before: pair.before, after: pair.after }, images) : undefined), [key, pair.before, pair.after, images, blocked]);
  const names = { before: nameOf(pair.before), after: nameOf(pair.after) };
  return (
    <Dialog open onOpenChange={close} title="Explain the gap" footer={<Button onClick={close}>Close</Button>} widest>
      <div className="stack-3">
        <div className="row row-between">
          <Menu
            entries={pairs}
            trigger={
              <Button opensMenu aria-label={`Pair: from ${names.before} to ${names.after}`}>
                From {names.before} to {names.after}
              </Button>
            }
          />
          {present > GAP_IMAGES[0] && <Segmented label="Images" value={String(images)} choices={imageChoices(present)} onChange={chooseImages} />}
        </div>
        {blocked !== null && <p>{blocked}.</p>}
        {blocked === null && !known?.isComplete && <Running />}
        {known && <Explained project={project} pair={pair} gap={known.gap} isComplete={known.isComplete} names={names} />}
      </div>
    </Dialog>
  );
}

const imageChoices = (present: number) => GAP_IMAGES.map((count) => ({ id: String(count), label: `${formats.count(Math.min(count, present))} images` }));

function Running() {
  const job = useActivity((state) => Object.values(state.jobs).find(({ title }) => title === 'Explaining the gap'));
  const waits = job?.state === 'waiting';
  return <Progress label="Explaining the gap" share={job && job.total > 0 ? job.done / job.total : 0} left={waits ? 'Waits for other long work' : 'Exchanging one layer after the other'} />;
}

function Finding({ text, gap }: { readonly text: string; readonly gap: string }) {
  return (
    <div role="status">
      <p>
        <b>{text}</b>
      </p>
      <p className="soft">{gap}</p>
    </div>
  );
}

interface ExplainedProps {
  readonly project: Project;
  readonly pair: VariantPair;
  readonly gap: Gap;
  readonly isComplete: boolean;
  readonly names: { readonly before: string; readonly after: string };
}

function Explained({ project, pair, gap, isComplete, names }: ExplainedProps) {
  const inWork = project.variants[project.active];
  if (gap.kind === 'values') {
    return (
      <>
        <Finding text={partingText(gap, names, formats)} gap={gapText(gap, formats)} />
        <GapValues rows={noiseRows(gap, [project.variants[pair.before].plan, project.variants[pair.after].plan], formats)} {...names} />
        <p className="u t-11">
          The two have different weights, so their settings cannot be exchanged one by one. Shown is the signal to noise of what each layer hands on, on the same images: it counts where
          it falls, because noise runs on through the network. What training moved on purpose counts as noise too. An en dash: only signs are stored there.
        </p>
      </>
    );
  }
  return (
    <>
      {isComplete && <Finding text={findingText(gap, formats)} gap={gapText(gap, formats)} />}
      {gap.steps.length > 0 && (
        <GapLayers table={gapTable(gap, inWork.plan, formats)} {...names} inWork={inWork.name} onCopy={(layer, side) => copySetting(layer, pair[side])} />
      )}
      <p className="u t-11">
        Starting from {names.before}, layers take the setting of {names.after} one after the other, in the order of the network; every stage is deployed and measured, so the contributions
        add up to the whole gap. Another order would share it out otherwise. Alone: only this layer is exchanged in {names.before}; these need not add up. One image
        is {formats.decimal(100 / Math.max(gap.images, 1), 1)}&nbsp;pt.
      </p>
    </>
  );
}
