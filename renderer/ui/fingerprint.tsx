import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { classes } from './classes.ts';
import { precisionClass } from './precision.ts';

export interface FingerprintProps {
  /** One scheme a layer, first to last. */
  readonly schemes: readonly SchemeId[];
  readonly large?: boolean;
  /** Cells there is room for. */
  readonly most?: number;
}

const MOST_CELLS = 24;

/** A variant at a glance: one cell a layer; where there is no room, one cell a run of neighbours with the most frequent scheme. */
export function Fingerprint({ schemes, large, most = MOST_CELLS }: FingerprintProps) {
  const cells = shorten(schemes, most);
  return (
    <span className={classes('fp', large && 'fp-l')} role="img" aria-label={`Fingerprint: ${cells.map((id) => SCHEMES[id].name).join(', ')}`}>
      {cells.map((scheme, index) => (
        <i key={index} className={precisionClass(scheme)}>
          {SCHEMES[scheme].letter}
        </i>
      ))}
    </span>
  );
}

export function shorten(schemes: readonly SchemeId[], most: number): readonly SchemeId[] {
  if (schemes.length <= most) return schemes;
  return Array.from({ length: most }, (_, cell) => {
    const part = schemes.slice(Math.floor((cell * schemes.length) / most), Math.floor(((cell + 1) * schemes.length) / most));
    const frequency = (id: SchemeId): number => part.filter((other) => other === id).length;
    return part.reduce((a, b) => (frequency(b) > frequency(a) ? b : a));
  });
}
