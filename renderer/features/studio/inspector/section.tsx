import type { ReactNode } from 'react';
import { classes } from '../../../ui/classes.ts';

export interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly asideClass?: string;
  readonly children: ReactNode;
}

export function Section({ title, aside, asideClass, children }: SectionProps) {
  return (
    <div className="sect">
      <div className="sect-h">
        <h3>{title}</h3>
        {aside !== undefined && <span className={classes('dim', asideClass)}>{aside}</span>}
      </div>
      {children}
    </div>
  );
}
