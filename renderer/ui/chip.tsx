import { SCHEMES } from '../../core/schemes/index.ts';
import type { SchemeId } from '../../core/schemes/scheme.ts';
import { classes } from './classes.ts';
import { precisionClass } from './precision.ts';

export interface ChipProps {
  readonly scheme: SchemeId;
  /** Only the letter; the name is in its title. */
  readonly short?: boolean;
}

/** A precision by letter, name and hue: never by colour alone. */
export function Chip({ scheme, short }: ChipProps) {
  const { letter, name } = SCHEMES[scheme];
  if (short) {
    return (
      <span className={classes('chip', 'chip-l', precisionClass(scheme))} role="img" aria-label={name} title={name}>
        <i>{letter}</i>
      </span>
    );
  }
  return (
    <span className={classes('chip', precisionClass(scheme))}>
      <i aria-hidden="true">{letter}</i>
      {name}
    </span>
  );
}
