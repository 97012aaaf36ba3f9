import type { ReactNode } from 'react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Progress } from '../../ui/progress.tsx';
import { RunButtons, type RunButtonsProps } from './run-buttons.tsx';
import type { RunText } from './view-model.ts';

export interface RunHeaderProps extends RunButtonsProps {
  readonly schemes: readonly SchemeId[];
  readonly tags: readonly string[];
  readonly text: RunText | null;
  /** "ends about 14:11, …" */
  readonly ending: string;
  /** What a paused run goes on with that was not so before. */
  readonly changes: readonly string[];
  /** What runs it. */
  readonly children?: ReactNode;
}

/** Name, state and the way in and out of a run. */
export function RunHeader(props: RunHeaderProps) {
  const { name, schemes, tags, state, text, ending, changes, children } = props;
  const paused = state === 'paused';
  return (
    <section className="run-h" aria-label="Run">
      <div className="row">
        <h2 className="trunc">{name}</h2>
        <Fingerprint schemes={schemes} />
        {tags.map((tag) => (
          <span key={tag} className="tag">
            {tag}
          </span>
        ))}
      </div>
      <RunButtons {...props} />
      {state !== 'idle' && state !== 'ended' && (
        <>
          {text ? (
            <Progress label="Training" share={text.share} ticks={text.epochEnds} paused={paused} left={text.where} right={text.activity || text.rate} />
          ) : (
            <Progress label="Training" share={0} left="Building the trained graph and its teacher" />
          )}
          <div className="num">
            <b className="t-15">{headline(state, text)}</b>
            <div className="u t-11">{paused ? 'change the recipe or a precision, then continue' : ending}</div>
          </div>
        </>
      )}
      {paused && changes.length > 0 && (
        <p className="run-changes" role="status">
          <span className="soft">Continues with</span>
          {changes.map((change) => (
            <span key={change} className="tag">
              {change}
            </span>
          ))}
        </p>
      )}
      {children}
    </section>
  );
}

function headline(state: RunHeaderProps['state'], text: RunText | null): string {
  if (state === 'paused') return 'Paused';
  if (state === 'pausing') return 'Pausing';
  if (state === 'stopping') return 'Stopping';
  return text?.left ?? 'Starting';
}
