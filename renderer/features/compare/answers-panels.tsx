import { useMemo } from 'react';
import { Images } from 'lucide-react';
import type { DataSet } from '../../../core/data/data-set.ts';
import { comparingStore } from '../../state/comparing.ts';
import { formats } from '../../ui/format.ts';
import type { MenuEntry } from '../../ui/menu.tsx';
import { EmptyState } from '../../ui/notice.tsx';
import { significanceOf } from './compare-view.ts';
import { ConfusionChart } from './confusion-chart.tsx';
import { FlipsGallery, type FlipGroup } from './flips-gallery.tsx';
import { comparePair, type SharedAnswers } from './view-model.ts';

export interface AnswersPanelsProps {
  readonly before: string;
  readonly after: string;
  readonly pairs: readonly MenuEntry[];
  readonly shared: SharedAnswers | null;
  readonly data: DataSet | null;
  readonly allFlips: boolean;
}

/** Pictures before the "more" button: nine lost and five won fill the panel as the sheet draws it. */
const FIRST_LOST = 9;
const FIRST_WON = 5;
/** A page of canvases; beyond it scrolling suffers. */
const MOST_SHOWN = 200;

/** Where the answers of two variants differ: by class, and picture by picture. */
export function AnswersPanels({ before, after, pairs, shared, data, allFlips }: AnswersPanelsProps) {
  const view = useMemo(() => (shared && data ? comparePair(shared, data.classes, formats) : null), [shared, data]);
  if (!view || !shared || !data) {
    return (
      <section className="chart cmp-wide" aria-label="Answers">
        <EmptyState icon={Images} title="No answers to compare yet">
          {data && !data.test.labels ? 'The images have no labels.' : `Measure ${before} and ${after} on the same labelled images, and the pictures whose answer changed appear here.`}
        </EmptyState>
      </section>
    );
  }
  const { rightToWrong, wrongToRight } = view.flips;
  const shown = (first: number) => (allFlips ? MOST_SHOWN : first);
  const groups: readonly FlipGroup[] = [
    { tone: 'worse', mark: '✗', words: 'were right, now wrong', samples: rightToWrong, shown: shown(FIRST_LOST) },
    { tone: 'better', mark: '✓', words: 'were wrong, now right', samples: wrongToRight, shown: shown(FIRST_WON) },
  ];
  return (
    <>
      <ConfusionChart title={`Confusion, ${after} − ${before}`} pairs={pairs} classes={data.classes} view={view} formats={formats} />
      <FlipsGallery
        title={`Flips, ${before} → ${after}`}
        significance={significanceOf(shared, formats)}
        data={data}
        before={shared.before}
        after={shared.after}
        groups={groups}
        formats={formats}
        onMore={() => comparingStore.setState({ allFlips: true })}
      />
    </>
  );
}
