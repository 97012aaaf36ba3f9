import { useState } from 'react';
import { TextInput } from './field.tsx';

export interface NumberInputProps {
  readonly id?: string;
  readonly label?: string;
  readonly value: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Arrow keys change by one step. */
  readonly step: number;
  readonly unit?: string;
  readonly disabled?: boolean;
  readonly describedBy?: string;
  readonly onChange: (value: number) => void;
}

/** 1e-4 stays as people write learning rates; anything else is the shortest decimal. */
export function writeNumber(value: number): string {
  const size = Math.abs(value);
  return size > 0 && size < 0.01 ? value.toExponential().replace('e-0', 'e-') : String(value);
}

/** NaN when the text is not a number. Accepts a decimal comma and spaces. */
export function readNumber(text: string): number {
  const plain = text.trim().replace(/[\s\u00a0\u202f]/g, '').replace(',', '.').replace('−', '-');
  return plain === '' ? Number.NaN : Number(plain);
}

/** A number with a unit. Text that does not fit is marked while typing and goes back to the last good value on leaving. */
export function NumberInput({ value, minimum, maximum, step, onChange, ...rest }: NumberInputProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const parsed = draft === null ? value : readNumber(draft);
  const fits = parsed >= minimum && parsed <= maximum;
  const write = (text: string) => {
    setDraft(text);
    const next = readNumber(text);
    if (next >= minimum && next <= maximum) onChange(next);
  };
  const nudge = (direction: number) => {
    const next = Math.min(maximum, Math.max(minimum, Number((value + direction * step).toPrecision(12))));
    setDraft(null);
    onChange(next);
  };
  return (
    <div
      className="num-in"
      role="presentation"
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        nudge(event.key === 'ArrowUp' ? 1 : -1);
      }}
    >
      <TextInput {...rest} numeric value={draft ?? writeNumber(value)} invalid={!fits} onChange={write} onCommit={() => setDraft(null)} />
    </div>
  );
}
