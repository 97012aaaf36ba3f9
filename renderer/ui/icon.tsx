import type { LucideIcon } from 'lucide-react';
import { classes } from './classes.ts';

export interface IconProps {
  readonly of: LucideIcon;
  readonly size?: 12 | 16 | 20;
  readonly className?: string;
  /** Spoken name; without it the icon is decoration. */
  readonly label?: string;
}

/** A line icon in the text's colour. Strokes are drawn at the same pixel width in all sizes. */
export function Icon({ of: Drawing, size = 16, className, label }: IconProps) {
  const naming = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return <Drawing className={classes('i', 'il', size === 12 && 'i-12', size === 20 && 'i-20', className)} focusable="false" {...naming} />;
}
