import type { ReactElement, ReactNode, RefObject } from 'react';
import { Dialog as Base } from '@base-ui/react/dialog';
import { AlertDialog as Alert } from '@base-ui/react/alert-dialog';
import { Button } from './button.tsx';
import { classes } from './classes.ts';

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly children: ReactNode;
  /** Buttons: the safe choice first, the one that acts last. */
  readonly footer?: ReactNode;
  readonly wide?: boolean;
  /** For tables. */
  readonly widest?: boolean;
  readonly initialFocus?: RefObject<HTMLElement | null>;
}

export function Dialog({ open, onOpenChange, title, children, footer, wide, widest, initialFocus }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={classes('dialog', 'dialog-at', wide && 'dialog-wide', widest && 'dialog-widest')} initialFocus={initialFocus}>
          <div className="dialog-h">
            <Base.Title render={<h2 />}>{title}</Base.Title>
          </div>
          <div className="dialog-b scroll">{children}</div>
          {footer && <div className="dialog-f">{footer}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface ConfirmProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: string;
  readonly description: string;
  /** Verb of the safe choice; it has the focus. */
  readonly keep: string;
  /** Verb of the choice that acts. */
  readonly act: string;
  readonly onAct: () => void;
  readonly trigger?: ReactElement;
}

/** A question that must be answered before anything else. */
export function Confirm({ open, onOpenChange, title, description, keep, act, onAct, trigger }: ConfirmProps) {
  const proceed = () => {
    onOpenChange(false);
    onAct();
  };
  return (
    <Alert.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <Alert.Trigger render={trigger} />}
      <Alert.Portal>
        <Alert.Backdrop className="backdrop" />
        <Alert.Popup className="dialog dialog-at">
          <div className="dialog-h">
            <Alert.Title render={<h2 />}>{title}</Alert.Title>
          </div>
          <Alert.Description className="dialog-b" render={<div />}>
            {description}
          </Alert.Description>
          <div className="dialog-f">
            <Alert.Close render={<Button kind="quiet">{keep}</Button>} />
            <Button kind="danger" onClick={proceed}>
              {act}
            </Button>
          </div>
        </Alert.Popup>
      </Alert.Portal>
    </Alert.Root>
  );
}
