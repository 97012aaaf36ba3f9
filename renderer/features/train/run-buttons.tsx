import { useState } from 'react';
import { Pause, Pencil, Play, RotateCcw, Square } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';

export interface RunButtonsProps {
  readonly name: string;
  readonly state: 'idle' | 'starting' | 'running' | 'pausing' | 'stopping' | 'paused' | 'ended';
  readonly startBlocked: string | null;
  /** A checkpoint is kept. */
  readonly resumable: boolean;
  readonly resumeBlocked: string | null;
  /** What stopping would leave, asked about before a long run is stopped; null stops at once. */
  readonly stopQuestion: string | null;
  readonly onStart: () => void;
  readonly onResume: () => void;
  readonly onPause: () => void;
  /** Pauses, and goes to the recipe. */
  readonly onChange: () => void;
  readonly onCancel: () => void;
  readonly onDiscard: () => void;
}

export function RunButtons(props: RunButtonsProps) {
  const { state, startBlocked, resumable, resumeBlocked, onStart, onResume, onPause, onChange, onCancel, onDiscard } = props;
  if (state === 'paused') {
    return (
      <div className="row">
        <Asked {...props} label="Discard" question={`${props.stopQuestion ? 'It ran for more than a minute. ' : ''}The run and its checkpoint are forgotten.`} always onAct={onDiscard} />
        <Button kind="primary" icon={Play} onClick={onResume} disabledReason={resumeBlocked}>
          Continue
        </Button>
      </div>
    );
  }
  if (state === 'idle' || state === 'ended') {
    return (
      <div className="row">
        {resumable && (
          <Button icon={RotateCcw} onClick={onResume} disabledReason={resumeBlocked}>
            Resume from checkpoint
          </Button>
        )}
        <Button kind="primary" icon={Play} onClick={onStart} disabledReason={startBlocked}>
          {state === 'ended' ? 'Train again' : 'Train'}
        </Button>
      </div>
    );
  }
  const waits = state === 'running' ? null : state === 'starting' ? 'The run is starting.' : 'The run is stopping.';
  return (
    <div className="row">
      <Button icon={Pencil} onClick={onChange} disabledReason={waits} title="Pause, and change the recipe">
        Change
      </Button>
      <Button icon={Pause} onClick={onPause} disabledReason={waits}>
        Pause
      </Button>
      <Asked {...props} label="Cancel" question={props.stopQuestion ?? ''} always={false} onAct={onCancel} />
    </div>
  );
}

interface AskedProps extends RunButtonsProps {
  readonly label: string;
  readonly question: string;
  /** Asked even where nothing long is lost. */
  readonly always: boolean;
  readonly onAct: () => void;
}

function Asked({ name, state, label, question, always, stopQuestion, onAct }: AskedProps) {
  const [asking, setAsking] = useState(false);
  const asks = always || stopQuestion !== null;
  const stopping = state === 'stopping' || state === 'pausing';
  return (
    <>
      <Button kind="danger" icon={Square} onClick={() => (asks ? setAsking(true) : onAct())} disabledReason={stopping ? 'The run is stopping.' : null}>
        {label}
      </Button>
      <Confirm open={asking} onOpenChange={setAsking} title={`Stop training ${name}?`} description={question} keep={always ? 'Keep the run' : 'Keep training'} act={always ? 'Discard' : 'Stop'} onAct={onAct} />
    </>
  );
}
