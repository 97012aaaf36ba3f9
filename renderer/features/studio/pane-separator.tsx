import { memo, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { useSession } from '../../state/hooks.ts';
import { PANE_WIDTHS, sessionStore } from '../../state/session.ts';

type PaneName = keyof typeof PANE_WIDTHS;

const MINIMUM: Readonly<Record<PaneName, number>> = { graph: 240, inspector: 320 };
const MAXIMUM = 640;
/** The table keeps at least this. */
const TABLE_MINIMUM = 560;
const KEY_STEP = 16;

function setWidth(pane: PaneName, width: number): void {
  sessionStore.setState(({ paneWidths }) => {
    const other = pane === 'graph' ? paneWidths.inspector : paneWidths.graph;
    const most = Math.min(MAXIMUM, window.innerWidth - other - TABLE_MINIMUM);
    return { paneWidths: { ...paneWidths, [pane]: Math.round(Math.max(MINIMUM[pane], Math.min(most, width))) } };
  });
}

/** Drag, arrow keys, or a double click to go back to the width it came with. */
export const PaneSeparator = memo(function PaneSeparator({ pane, label }: { readonly pane: PaneName; readonly label: string }) {
  const width = useSession((state) => state.paneWidths[pane]);
  const start = useRef<{ readonly x: number; readonly width: number } | null>(null);
  const sign = pane === 'graph' ? 1 : -1;
  const move = (event: PointerEvent) => {
    if (start.current) setWidth(pane, start.current.width + sign * (event.clientX - start.current.x));
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? KEY_STEP : event.key === 'ArrowLeft' ? -KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    setWidth(pane, width + sign * step);
  };
  return (
    <div
      className={`sash sash-${pane} hide-narrow`}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={MINIMUM[pane]}
      aria-valuemax={MAXIMUM}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width };
      }}
      onPointerMove={move}
      onPointerUp={() => (start.current = null)}
      onDoubleClick={() => setWidth(pane, PANE_WIDTHS[pane])}
      onKeyDown={press}
    />
  );
});
