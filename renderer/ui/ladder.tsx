import type { KeyboardEvent } from 'react';
import { SCHEMES, SCHEME_IDS } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { classes } from './classes.ts';
import { headName, precisionClass } from './precision.ts';

export interface Rung {
  readonly scheme: SchemeId;
  /** Why the layer cannot take it; null where it can. */
  readonly refusal: string | null;
  /** 0 to 8 steps of estimated harm. */
  readonly harm: number;
  /** Spoken after the name: "size −2.30 KB, accuracy about −0.7 points". */
  readonly forecast: string;
  /** Mixed ladders: how many layers are on this rung. */
  readonly uses: number;
}

export interface LadderProps {
  /** "Precision of s2.conv2" */
  readonly label: string;
  readonly rungs: readonly Rung[];
  /** Null on the ladder of a block or of several layers. */
  readonly value: SchemeId | null;
  readonly locked?: boolean;
  /** Shows words instead of letters. */
  readonly wide?: boolean;
  /** In a tree-grid the row is the tab stop, so no rung is. */
  readonly inGrid?: boolean;
  readonly onChoose: (scheme: SchemeId) => void;
  /** Pointer or keyboard is on a rung; null when it leaves. */
  readonly onPreview?: (scheme: SchemeId | null, element: HTMLElement | null) => void;
  /** Esc: gives the focus back. */
  readonly onLeave?: () => void;
}

/** The step sequencer of bits: six rungs, one lit. Arrow keys walk and preview, Enter or Space sets. */
export function Ladder(props: LadderProps) {
  const { label, rungs, value, locked = false, wide, inGrid, onChoose, onPreview, onLeave } = props;
  const mixed = value === null;
  const stop = value ?? rungs.find((rung) => rung.refusal === null)?.scheme;
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const position = buttons.findIndex((button) => button === document.activeElement);
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (event.key === 'Escape' && onLeave) onLeave();
    else if (step !== 0 && position >= 0) buttons[position + step]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      className={classes('ladder', mixed && 'ladder-mixed', locked && 'ladder-locked', wide && 'ladder-wide')}
      role="radiogroup"
      aria-label={`${label}${locked ? ', locked' : ''}${mixed ? ': mixed' : ''}`}
      aria-disabled={locked || undefined}
      onKeyDown={press}
      onPointerLeave={() => onPreview?.(null, null)}
    >
      {rungs.map((rung) => (
        <RungButton
          key={rung.scheme}
          rung={rung}
          lit={rung.scheme === value}
          mixed={mixed}
          wide={wide}
          tabIndex={!inGrid && rung.scheme === stop ? 0 : -1}
          onChoose={locked ? undefined : onChoose}
          onPreview={locked ? undefined : onPreview}
        />
      ))}
    </div>
  );
}

interface RungButtonProps {
  readonly rung: Rung;
  readonly lit: boolean;
  readonly mixed: boolean;
  readonly wide: boolean | undefined;
  readonly tabIndex: number;
  readonly onChoose: ((scheme: SchemeId) => void) | undefined;
  readonly onPreview: LadderProps['onPreview'];
}

function RungButton({ rung, lit, mixed, wide, tabIndex, onChoose, onPreview }: RungButtonProps) {
  const { scheme, refusal, harm, forecast, uses } = rung;
  const { name, letter } = SCHEMES[scheme];
  const face = refusal !== null ? '–' : mixed && uses > 0 ? String(uses) : wide ? name : letter;
  const spoken = refusal !== null ? `${name}, not available: ${refusal}` : mixed && uses > 0 ? `${name}, ${uses} layer${uses === 1 ? '' : 's'}` : name;
  return (
    <button
      type="button"
      role="radio"
      className={classes('rung', precisionClass(scheme), refusal === null && harm > 0 && `h${harm}`, mixed && uses > 0 && 'used')}
      aria-checked={lit}
      aria-label={forecast === '' ? spoken : `${spoken}, ${forecast}`}
      aria-disabled={refusal !== null || undefined}
      tabIndex={tabIndex}
      onClick={() => refusal === null && onChoose?.(scheme)}
      onPointerEnter={(event) => onPreview?.(scheme, event.currentTarget)}
      onFocus={(event) => event.currentTarget.matches(':focus-visible') && onPreview?.(scheme, event.currentTarget)}
      onBlur={() => onPreview?.(null, null)}
    >
      {face}
    </button>
  );
}

/** Names over a column of ladders. */
export function LadderHead() {
  return (
    <span className="ladder-head" role="img" aria-label={`Precision: ${SCHEME_IDS.map((id) => SCHEMES[id].name).join(', ')}`}>
      {SCHEME_IDS.map((id) => (
        <span key={id}>{headName(id)}</span>
      ))}
    </span>
  );
}
