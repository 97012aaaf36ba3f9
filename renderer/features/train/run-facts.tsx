import { useEffect, useState } from 'react';
import type { Formats } from '../../../core/base/format.ts';
import { findGraphics } from '../../host/graphics.ts';
import type { CheckpointFacts } from '../../state/training.ts';

export interface RunFactsProps {
  readonly checkpoint: CheckpointFacts | null;
  /** Null until the run has said what it runs on. */
  readonly backend: string | null;
  readonly formats: Formats;
}

/** The newest checkpoint, and what runs the training. */
export function RunFacts({ checkpoint, backend, formats }: RunFactsProps) {
  const graphics = useGraphics();
  const saved = checkpoint && new Intl.DateTimeFormat(formats.locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(checkpoint.savedAtMs);
  return (
    <p className="run-facts u t-11">
      {backend && <>Runs on {backend}. </>}
      {graphics && `A GPU is present (${graphics}), but training does not use it. `}
      {checkpoint && `Checkpoint of epoch ${formats.count(checkpoint.epoch)}, step ${formats.count(checkpoint.step)}, kept at ${saved}.`}
    </p>
  );
}

/** Name of the graphics processor; null while unknown and where there is none. */
function useGraphics(): string | null {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    void findGraphics().then((found) => wanted && setName(found));
    return () => {
      wanted = false;
    };
  }, []);
  return name;
}
