import { useEffect, useMemo, useRef, useState } from 'react';
import { History } from 'lucide-react';
import { Popover } from '@base-ui/react/popover';
import { goToStep } from '../state/document.ts';
import { useActivity, useDocument, useSession } from '../state/hooks.ts';
import { sessionStore } from '../state/session.ts';
import { IconButton } from '../ui/button.tsx';
import { findSizes, historyRows, type StepSizes } from './history-view.ts';

const setOpen = (historyOpen: boolean) => sessionStore.setState({ historyOpen });

/** Every named step with what it came to; a press goes there, and its numbers stand at once. */
export function HistoryPanel() {
  const open = useSession((state) => state.historyOpen);
  const count = useDocument((state) => state.steps.length);
  const current = useRef<HTMLButtonElement>(null);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<IconButton icon={History} label={`History, ${count} step${count === 1 ? '' : 's'}`} />} />
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} collisionPadding={8} className="float">
          <Popover.Popup className="pop history rise" initialFocus={current}>
            <Popover.Title render={<h2 />}>History</Popover.Title>
            <Steps current={current} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Steps({ current }: { readonly current: React.RefObject<HTMLButtonElement | null> }) {
  const steps = useDocument((state) => state.steps);
  const index = useDocument((state) => state.index);
  const evaluations = useActivity((state) => state.evaluations);
  const [sizes, setSizes] = useState<StepSizes>(new Map());
  const latest = useRef(sizes);
  useEffect(() => {
    const stop = new AbortController();
    void findSizes(steps, latest.current, stop.signal, (found) => {
      latest.current = found;
      setSizes(found);
    });
    return () => stop.abort();
  }, [steps]);
  const rows = useMemo(() => historyRows(steps, index, evaluations, sizes), [steps, index, evaluations, sizes]);
  return (
    <ol className="history-list scroll" aria-label="Steps, newest first">
      {rows.map((row) => (
        <li key={row.number}>
          <button
            type="button"
            ref={row.isCurrent ? current : undefined}
            className={row.isUndone ? 'undone' : undefined}
            aria-current={row.isCurrent ? 'step' : undefined}
            onClick={() => goToStep(row.number)}
          >
            <span className="n">{row.number === 0 ? '' : row.number}</span>
            <span className="trunc" title={row.name}>
              {row.name}
              {row.isUndone && <span className="sr"> (undone)</span>}
            </span>
            <span className="num">{row.size}</span>
            <span className="num">{row.accuracy}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
