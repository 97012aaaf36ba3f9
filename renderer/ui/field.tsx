import { useId } from 'react';
import type { ReactNode } from 'react';
import type { LucideIcon } from 'lucide-react';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';

export interface FieldRowProps {
  readonly label: string;
  readonly hint?: string;
  /** Longer than a line: on the label at rest, and read out with the control. */
  readonly help?: string;
  /** A sentence: what is wrong and what fits. Replaces the hint. */
  readonly problem?: string | null;
  readonly children: (ids: { readonly id: string; readonly describedBy: string | undefined }) => ReactNode;
}

/** A label, its control and a line of help or the reason why the value does not fit. */
export function FieldRow({ label, hint, help, problem, children }: FieldRowProps) {
  const id = useId();
  const note = problem || hint || help;
  const noteId = note ? `${id}-note` : undefined;
  return (
    <div className="f">
      <label htmlFor={id} title={help}>
        {label}
      </label>
      {children({ id, describedBy: noteId })}
      {note && (
        <span id={noteId} className={problem ? 'f-err' : hint ? 'f-note' : 'sr'}>
          {note}
        </span>
      )}
    </div>
  );
}

export interface TextInputProps {
  readonly id?: string;
  readonly label?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onCommit?: () => void;
  readonly placeholder?: string;
  readonly icon?: LucideIcon;
  readonly unit?: string;
  readonly numeric?: boolean;
  readonly invalid?: boolean;
  readonly disabled?: boolean;
  readonly describedBy?: string;
  readonly className?: string;
}

export function TextInput(props: TextInputProps) {
  const { id, label, value, onChange, onCommit, placeholder, icon, unit, numeric, invalid, disabled, describedBy, className } = props;
  return (
    <div className={classes('in', invalid && 'in-err', disabled && 'in-off', className)}>
      {icon && <Icon of={icon} />}
      <input
        id={id}
        aria-label={label}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        className={numeric ? 'num' : undefined}
        type="text"
        inputMode={numeric ? 'decimal' : undefined}
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
        onBlur={onCommit}
        onKeyDown={(event) => event.key === 'Enter' && onCommit?.()}
      />
      {unit && <span className="u">{unit}</span>}
    </div>
  );
}

export interface CheckBoxProps {
  readonly label: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function CheckBox({ label, checked, onChange, disabled }: CheckBoxProps) {
  return (
    <label className="chk">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

export interface SwitchProps {
  readonly id?: string;
  readonly label?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly describedBy?: string;
}

export function Switch({ id, label, checked, onChange, disabled, describedBy }: SwitchProps) {
  return (
    <input
      id={id}
      type="checkbox"
      role="switch"
      className="sw"
      aria-label={label}
      aria-describedby={describedBy}
      checked={checked}
      disabled={disabled}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
