import type { LayerDiagnosis } from '../../../../core/jobs/analysis-results.ts';
import { choiceOf } from '../../../../core/schemes/layer-facts.ts';
import { applyFix, probeImages, stopTrying, tryFixes } from '../../../commands/fixes.ts';
import { useActivity } from '../../../state/hooks.ts';
import { triedFixesKey } from '../../../state/keys.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { Button } from '../../../ui/button.tsx';
import { formats } from '../../../ui/format.ts';
import { fixesTitle, fixRows, type FixRow } from './causes-view.ts';
import { useFixBytes } from './use-fix-bytes.ts';

interface FixesProps {
  readonly network: ActiveNetwork;
  readonly layer: string;
  readonly diagnosis: LayerDiagnosis;
}

/** Other choices for the layer: nothing is promised before it is measured. */
export function Fixes({ network, layer, diagnosis }: FixesProps) {
  const tried = useActivity((state) => state.triedFixes[triedFixesKey(network, layer)]);
  const bytes = useFixBytes(network, layer, diagnosis);
  if (diagnosis.fixes.length === 0) return null;
  const rows = fixRows({ diagnosis, tried, present: choiceOf(network.plan, layer), bytes });
  const open = rows.filter(({ measured }) => measured === null).length;
  const helping = rows.filter(({ measured }) => measured?.helps).length;
  const reason = network.project.data ? null : 'Opens with data: a fix is measured on images';
  return (
    <>
      <div className="sect-h">
        <h3 className="soft">{fixesTitle(tried, rows.length)}</h3>
        {tried?.isRunning ? (
          <Button size="small" kind="quiet" onClick={stopTrying}>
            Stop
          </Button>
        ) : (
          open > 0 && (
            <Button size="small" disabledReason={reason} onClick={() => void tryFixes()} aria-label={`Try ${open === 1 ? 'it' : 'them'} on ${formats.count(probeImages(network))} images`}>
              Try {open === 1 ? 'it' : 'them'}
            </Button>
          )
        )}
      </div>
      {rows.map((row) => (
        <Fix key={row.key} row={row} layer={layer} isLocked={network.variant.lockedLayers.includes(layer)} />
      ))}
      <p className="sr" role="status">
        {tried && !tried.isRunning && open === 0 ? `${rows.length} fixes tried, ${helping} of them help.` : ''}
      </p>
    </>
  );
}

const toneOf = (meaning: 'better' | 'worse' | 'none'): string => (meaning === 'none' ? 'u' : meaning);

function Fix({ row, layer, isLocked }: { readonly row: FixRow; readonly layer: string; readonly isLocked: boolean }) {
  const { title, size, measured, choice } = row;
  return (
    <div className="fix">
      <span>
        {title}
        <span className="fix-n">
          {size}
          {measured && size !== '' && ' · '}
          {measured && <span className={toneOf(measured.divergence.meaning)}>{measured.divergence.text}</span>}
        </span>
      </span>
      <span className={measured ? toneOf(measured.points.meaning) : 'u'}>{measured?.points.text ?? 'not tried'}</span>
      {measured?.helps && (
        <Button size="small" aria-label={`Apply: ${title}`} disabledReason={isLocked ? 'The layer is locked' : null} onClick={() => applyFix(layer, choice, title)}>
          Apply
        </Button>
      )}
      {measured && !measured.helps && <span className="u t-11">does not help</span>}
    </div>
  );
}
