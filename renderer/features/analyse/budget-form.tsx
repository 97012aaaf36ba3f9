import { useState } from 'react';
import type { Project } from '../../../core/project/schema.ts';
import { applyEdit } from '../../state/document.ts';
import { setBudgets } from '../../state/edits/project.ts';
import { CheckBox, TextInput } from '../../ui/field.tsx';
import { readNumber, writeNumber } from '../../ui/number-input.tsx';

type BudgetName = keyof Project['budgets'];

const FIELDS = [
  { name: 'sizeBytes', label: 'Size at most', unit: 'KB', scale: 1000, maximum: Number.POSITIVE_INFINITY },
  { name: 'milliseconds', label: 'Time at most', unit: 'ms', scale: 1, maximum: Number.POSITIVE_INFINITY },
  { name: 'accuracy', label: 'Accuracy at least', unit: '%', scale: 0.01, maximum: 100 },
] as const satisfies readonly { name: BudgetName; label: string; unit: string; scale: number; maximum: number }[];

export interface BudgetFormProps {
  readonly budgets: Project['budgets'];
  readonly tied: boolean;
  /** Layers meet in an add at all. */
  readonly canTie: boolean;
  readonly onTied: (tied: boolean) => void;
}

/** The budgets of the project, as the meters show them; an empty field is no limit. */
export function BudgetForm({ budgets, tied, canTie, onTied }: BudgetFormProps) {
  return (
    <form className="budget-f" aria-label="Budgets" onSubmit={(event) => event.preventDefault()}>
      {FIELDS.map((field) => (
        <BudgetField key={`${field.name} ${budgets[field.name] ?? ''}`} {...field} value={budgets[field.name]} budgets={budgets} />
      ))}
      {canTie && <CheckBox label="One precision where results are added" checked={tied} onChange={onTied} />}
    </form>
  );
}

type BudgetFieldProps = (typeof FIELDS)[number] & { readonly value: number | undefined; readonly budgets: Project['budgets'] };

function BudgetField({ name, label, unit, scale, maximum, value, budgets }: BudgetFieldProps) {
  const before = value === undefined ? '' : writeNumber(Number((value / scale).toPrecision(6)));
  const [draft, setDraft] = useState(before);
  const number = readNumber(draft);
  const fits = draft.trim() === '' || (number > 0 && number <= maximum);
  const set = (): void => {
    if (draft === before) return;
    if (!fits) return setDraft(before);
    applyEdit('Set budgets', (project) => setBudgets(project, { ...budgets, [name]: draft.trim() === '' ? undefined : number * scale }));
  };
  return (
    <label className="budget-i">
      <span>{label}</span>
      <TextInput numeric unit={unit} label={`${label}, ${unit}`} value={draft} placeholder="no limit" invalid={!fits} onChange={setDraft} onCommit={set} />
    </label>
  );
}
