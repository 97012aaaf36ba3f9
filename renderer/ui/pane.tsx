import type { ReactNode } from 'react';
import { classes } from './classes.ts';

export interface PaneProps {
  /** Name of the region. */
  readonly label: string;
  readonly title?: ReactNode;
  /** Beside the title, after it. */
  readonly head?: ReactNode;
  readonly footer?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A region of the window with a head line and its own scrolling. */
export function Pane({ label, title, head, footer, className, children }: PaneProps) {
  return (
    <section className={classes('pane', className)} aria-label={label}>
      {(title || head) && (
        <div className="pane-h">
          {title && <h2>{title}</h2>}
          {head}
        </div>
      )}
      <div className="pane-b scroll" tabIndex={0} role="group" aria-label={`${label}, contents`}>
        {children}
      </div>
      {footer && <div className="pane-f">{footer}</div>}
    </section>
  );
}
