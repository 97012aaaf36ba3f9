import type { DataSet } from '../../../core/data/data-set.ts';
import type { Formats } from '../../../core/base/format.ts';
import { samplePixels } from '../../state/select/sample-pixels.ts';
import { PixelImage } from '../../ui/pixel-image.tsx';

export interface FlipGroup {
  readonly tone: 'worse' | 'better';
  readonly mark: '✗' | '✓';
  readonly words: string;
  readonly samples: readonly number[];
  /** Pictures on screen; the rest is behind "more". */
  readonly shown: number;
}

export interface FlipsGalleryProps {
  readonly title: string;
  readonly significance: string;
  readonly data: DataSet;
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly groups: readonly FlipGroup[];
  readonly formats: Formats;
  readonly onMore: () => void;
}

/** The pictures whose answer changed, with what they were called before and after. */
export function FlipsGallery({ title, significance, data, before, after, groups, formats, onMore }: FlipsGalleryProps) {
  return (
    <section className="chart scroll" aria-label="Flips" tabIndex={0}>
      <div className="chart-h">
        <h3>{title}</h3>
        <span className="keys u">{significance}</span>
      </div>
      {groups.map((group) => (
        <div key={group.tone} className="flip-group">
          <p className="flip-h">
            <b className={group.tone}>
              {group.mark} {formats.count(group.samples.length)}
            </b>
            <span className="soft">{group.words}</span>
          </p>
          <div className="flips">
            {group.samples.slice(0, group.shown).map((sample) => (
              <figure key={sample}>
                <PixelImage {...samplePixels(data.test, data.shape, sample)} label={`${data.classes[before[sample]]}, now ${data.classes[after[sample]]}`} />
                <figcaption>
                  <span className="trunc">{data.classes[before[sample]]}</span>
                  <span className={`${group.tone} trunc`}>
                    {group.mark} {data.classes[after[sample]]}
                  </span>
                </figcaption>
              </figure>
            ))}
            {group.samples.length > group.shown && (
              <button type="button" className="more-fl link" onClick={onMore}>
                {formats.count(group.samples.length - group.shown)} more
              </button>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}
