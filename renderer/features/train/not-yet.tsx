import { useEffect, useState } from 'react';
import { Activity, RotateCcw } from 'lucide-react';
import type { SavedRun } from '../../../core/jobs/saved-work.ts';
import { takeUpRun } from '../../commands/training.ts';
import { dropSavedRun, loadRun } from '../../host/saved-runs.ts';
import type { ActiveNetwork } from '../../state/select/network.ts';
import { Button } from '../../ui/button.tsx';
import { formats } from '../../ui/format.ts';
import { EmptyState } from '../../ui/notice.tsx';

/** Before a run: what training does, or the run that was going on when the studio ended. */
export function NotYet({ network, blocked }: { readonly network: ActiveNetwork; readonly blocked: string | null }) {
  const [saved, forget] = useSavedRun(network.networkKey);
  if (saved) return <Interrupted saved={saved} onTakeUp={() => takeUpRun(saved)} onDiscard={forget} />;
  return (
    <div className="charts-empty">
      <EmptyState icon={Activity} title={blocked ? 'Not ready to train' : 'No run yet'}>
        {blocked ?? `Training fine-tunes ${network.variant.name} with the FP32 original as its teacher. Loss, accuracy and the health of each layer are drawn here while it runs.`}
      </EmptyState>
    </div>
  );
}

interface InterruptedProps {
  readonly saved: SavedRun;
  readonly onTakeUp: () => void;
  readonly onDiscard: () => void;
}

function Interrupted({ saved: { name, checkpoint }, onTakeUp, onDiscard }: InterruptedProps) {
  const when = new Intl.DateTimeFormat(formats.locale, { dateStyle: 'medium', timeStyle: 'short' }).format(checkpoint.savedAtMs);
  const action = (
    <div className="row">
      <Button onClick={onDiscard}>Forget it</Button>
      <Button icon={RotateCcw} onClick={onTakeUp}>
        Take it up
      </Button>
    </div>
  );
  return (
    <div className="charts-empty">
      <EmptyState icon={RotateCcw} title={`${name} was interrupted`} action={action}>
        {`A run of this network stopped when the studio ended. Its checkpoint of epoch ${formats.count(checkpoint.epoch)}, step ${formats.count(checkpoint.step)} of ${formats.count(checkpoint.steps)}, is of ${when}: the run can go on from there, with its recipe and its precisions.`}
      </EmptyState>
    </div>
  );
}

/** What was saved for this network, and how to forget it. */
function useSavedRun(networkKey: string): readonly [SavedRun | null, () => void] {
  const [found, setFound] = useState<{ readonly of: string; readonly run: SavedRun | null } | null>(null);
  useEffect(() => {
    let wanted = true;
    void loadRun(networkKey).then((run) => wanted && setFound({ of: networkKey, run }));
    return () => {
      wanted = false;
    };
  }, [networkKey]);
  const forget = (): void => {
    dropSavedRun(networkKey);
    setFound(null);
  };
  return [found?.of === networkKey ? found.run : null, forget];
}
