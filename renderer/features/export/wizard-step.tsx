import type { ReactNode } from 'react';

export interface WizardStepProps {
  readonly title: string;
  readonly text: string;
  readonly footer: ReactNode;
  readonly children: ReactNode;
  readonly padded?: boolean;
}

/** One page of the wizard: a question, its answer so far, and the way on. */
export function WizardStep({ title, text, footer, children, padded }: WizardStepProps) {
  return (
    <section aria-label={title}>
      <div className="wiz-h">
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      <div className={padded ? 'pane-b scroll pad-4 stack-4' : 'pane-b scroll'} tabIndex={0} role="group" aria-label={`${title} Details`}>
        {children}
      </div>
      <div className="wiz-f">{footer}</div>
    </section>
  );
}
