import { useEffect, useState } from 'react';
import type { LayerDiagnosis } from '../../../../core/jobs/analysis-results.ts';
import { sizeOf, type ActiveNetwork } from '../../../state/select/network.ts';

interface FixBytes {
  /** What they belong to. */
  readonly plan: ActiveNetwork['plan'];
  readonly fixes: LayerDiagnosis['fixes'];
  readonly bytes: readonly number[];
}

const NONE: readonly number[] = [];

/** Exact change of the packed file that each fix makes, one after the other between frames: a large network takes milliseconds each. */
export function useFixBytes({ graph, plan }: ActiveNetwork, layer: string, { fixes }: LayerDiagnosis): readonly (number | undefined)[] {
  const [known, setKnown] = useState<FixBytes>({ plan, fixes, bytes: NONE });
  const bytes = known.plan === plan && known.fixes === fixes ? known.bytes : NONE;
  useEffect(() => {
    if (bytes.length === fixes.length) return undefined;
    const timer = setTimeout(() => {
      const next = sizeOf(graph, { ...plan, [layer]: fixes[bytes.length].choice }).totalBytes - sizeOf(graph, plan).totalBytes;
      setKnown({ plan, fixes, bytes: [...bytes, next] });
    });
    return () => clearTimeout(timer);
  }, [graph, plan, layer, fixes, bytes]);
  return bytes;
}
