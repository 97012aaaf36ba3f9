import type { ReactNode } from 'react';
import type { LucideIcon } from 'lucide-react';
import { Check, Info, TriangleAlert } from 'lucide-react';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';

export type NoticeTone = 'plain' | 'better' | 'worse' | 'warn';

const TONES = {
  plain: { className: '', icon: Info },
  better: { className: 'note-b', icon: Check },
  worse: { className: 'note-w', icon: TriangleAlert },
  warn: { className: 'note-y', icon: Info },
} as const satisfies Record<NoticeTone, { className: string; icon: LucideIcon }>;

export interface NoticeProps {
  readonly tone?: NoticeTone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly className?: string;
}

export function Notice({ tone = 'plain', title, children, className }: NoticeProps) {
  const { className: toneClass, icon } = TONES[tone];
  return (
    <div className={classes('note', toneClass, className)} role={tone === 'worse' ? 'alert' : undefined}>
      <Icon of={icon} />
      <div className="grow">
        {title && <b>{title}</b>} {children}
      </div>
    </div>
  );
}

export interface EmptyStateProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon of={icon} size={20} />
      <h3>{title}</h3>
      <p>{children}</p>
      {action}
    </div>
  );
}
