import { useState } from 'react';
import { Play, RotateCcw, Square } from 'lucide-react';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Progress } from '../../ui/progress.tsx';
import type { RunText } from './view-model.ts';

export interface RunHeaderProps {
  readonly name: string;
  readonly schemes: readonly SchemeId[];
  readonly tags: readonly string[];
  readonly state: 'idle' | 'starting' | 'running' | 'stopping' | 'ended';
  readonly text: RunText | null;
  /** "ends about 14:11, then …" */
  readonly ending: string;
  readonly startBlocked: string | null;
  readonly resumable: boolean;
  /** What stopping would leave, asked about before a long run is stopped; null stops at once. */
  readonly stopQuestion: string | null;
  readonly onStart: () => void;
  readonly onResume: () => void;
  readonly onCancel: () => void;
}

/** Name, state and the way in and out of a run. */
export function RunHeader(props: RunHeaderProps) {
  const { name, schemes, tags, state, text, ending } = props;
  const busy = state === 'starting' || state === 'running' || state === 'stopping';
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
      {busy && (
        <>
          {text ? (
            <Progress label="Training" share={text.share} ticks={text.epochEnds} left={text.where} right={text.rate} />
          ) : (
            <Progress label="Training" share={0} left="Building the trained graph and its teacher" />
          )}
          <div className="num">
            <b className="t-15">{state === 'stopping' ? 'Stopping' : (text?.left ?? 'Starting')}</b>
            <div className="u t-11">{ending}</div>
          </div>
        </>
      )}
    </section>
  );
}

function RunButtons(props: RunHeaderProps) {
  const { state, startBlocked, resumable, onStart, onResume } = props;
  if (state === 'starting' || state === 'running' || state === 'stopping') return <CancelButton {...props} />;
  return (
    <div className="row">
      {resumable && (
        <Button icon={RotateCcw} onClick={onResume} disabledReason={startBlocked}>
          Resume from checkpoint
        </Button>
      )}
      <Button kind="primary" icon={Play} onClick={onStart} disabledReason={startBlocked}>
        {state === 'ended' ? 'Train again' : 'Train'}
      </Button>
    </div>
  );
}

function CancelButton({ name, state, stopQuestion, onCancel }: RunHeaderProps) {
  const [asking, setAsking] = useState(false);
  return (
    <div className="row">
      <Button kind="danger" icon={Square} onClick={() => (stopQuestion ? setAsking(true) : onCancel())} disabledReason={state === 'stopping' ? 'The run is stopping.' : null}>
        Cancel
      </Button>
      <Confirm open={asking} onOpenChange={setAsking} title={`Stop training ${name}?`} description={stopQuestion ?? ''} keep="Keep training" act="Stop" onAct={onCancel} />
    </div>
  );
}
