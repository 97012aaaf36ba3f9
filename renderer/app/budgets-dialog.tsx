import { useState } from 'react';
import { applyEdit } from '../state/document.ts';
import { setBudgets } from '../state/edits/project.ts';
import { useProject, useSession } from '../state/hooks.ts';
import { sessionStore } from '../state/session.ts';
import type { Project } from '../../core/project/schema.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FieldRow, TextInput } from '../ui/field.tsx';
import { readNumber, writeNumber } from '../ui/number-input.tsx';

const close = () => sessionStore.setState({ budgetsOpen: false });

export function BudgetsDialog() {
  const open = useSession((state) => state.budgetsOpen);
  const project = useProject();
  if (!project || !open) return null;
  return <BudgetsForm budgets={project.budgets} />;
}

interface Draft {
  readonly kilobytes: string;
  readonly percent: string;
  readonly milliseconds: string;
}

const written = (value: number | undefined, scale: number): string => (value === undefined ? '' : writeNumber(Number((value * scale).toPrecision(6))));

function BudgetsForm({ budgets }: { readonly budgets: Project['budgets'] }) {
  const [draft, setDraft] = useState<Draft>({
    kilobytes: written(budgets.sizeBytes, 1e-3),
    percent: written(budgets.accuracy, 100),
    milliseconds: written(budgets.milliseconds, 1),
  });
  const rows = [
    { name: 'kilobytes', label: 'Size at most', unit: 'KB', maximum: Number.POSITIVE_INFINITY },
    { name: 'percent', label: 'Accuracy at least', unit: '%', maximum: 100 },
    { name: 'milliseconds', label: 'Time at most', unit: 'ms', maximum: Number.POSITIVE_INFINITY },
  ] as const;
  const problemOf = (text: string, maximum: number): string | null => {
    if (text.trim() === '') return null;
    const value = readNumber(text);
    return value > 0 && value <= maximum ? null : Number.isFinite(maximum) ? `A number from 0 to ${maximum}, or nothing.` : 'A number above 0, or nothing.';
  };
  const broken = rows.some((row) => problemOf(draft[row.name], row.maximum) !== null);
  const read = (text: string, scale: number): number | undefined => (text.trim() === '' ? undefined : readNumber(text) * scale);
  const set = () => {
    const next: Project['budgets'] = {
      sizeBytes: read(draft.kilobytes, 1000),
      accuracy: read(draft.percent, 0.01),
      milliseconds: read(draft.milliseconds, 1),
    };
    applyEdit('Set budgets', (project) => setBudgets(project, next));
    close();
  };
  const footer = (
    <>
      <Button kind="quiet" onClick={close}>
        Keep as it is
      </Button>
      <Button kind="primary" disabledReason={broken ? 'One of the numbers does not fit' : null} onClick={set}>
        Set budgets
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={close} title="Budgets" footer={footer}>
      <p>The meters show whether the network keeps them. Leave a field empty for no limit.</p>
      {rows.map((row) => (
        <FieldRow key={row.name} label={row.label} problem={problemOf(draft[row.name], row.maximum)}>
          {({ id, describedBy }) => (
            <TextInput
              id={id}
              numeric
              unit={row.unit}
              value={draft[row.name]}
              describedBy={describedBy}
              invalid={problemOf(draft[row.name], row.maximum) !== null}
              onChange={(text) => setDraft({ ...draft, [row.name]: text })}
            />
          )}
        </FieldRow>
      ))}
    </Dialog>
  );
}
