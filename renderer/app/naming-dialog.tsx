import { useState } from 'react';
import { useSaving, useSession } from '../state/hooks.ts';
import type { SavingState } from '../state/saving.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FieldRow, TextInput } from '../ui/field.tsx';

/** Asks for the name of a project where no native dialog does. */
export function NamingDialog() {
  const naming = useSaving((state) => state.naming);
  return naming && <NamingForm {...naming} />;
}

function NamingForm({ suggestion, answer }: NonNullable<SavingState['naming']>) {
  const isHosted = useSession((state) => state.capabilities !== null);
  const [name, setName] = useState(suggestion);
  const problem = problemOf(name.trim());
  const save = () => {
    if (problem === null) answer(name.trim());
  };
  const footer = (
    <>
      <Button kind="quiet" onClick={() => answer(null)}>
        Keep working
      </Button>
      <Button kind="primary" disabledReason={problem} onClick={save}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={() => answer(null)} title="Save the project" footer={footer}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <FieldRow label="Name" problem={problem}>
          {({ id, describedBy }) => <TextInput id={id} value={name} unit=".bitproj" describedBy={describedBy} invalid={problem !== null} onChange={setName} />}
        </FieldRow>
      </form>
      <p className="u">{isHosted ? 'It goes to the projects folder of Bitwright. A file that is there already is left alone.' : 'The browser puts it among the downloads.'}</p>
    </Dialog>
  );
}

function problemOf(name: string): string | null {
  if (name === '') return 'A project needs a name.';
  if (name.length > 80) return 'The name is too long for some disks.';
  return /[\\/:*?"<>|\u0000-\u001f]|\.$/.test(name) ? 'A file cannot have this name on every system.' : null;
}
