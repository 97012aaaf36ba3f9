import { useState } from 'react';
import type { Variant } from '../../core/project/schema.ts';
import { applyEdit } from '../state/document.ts';
import { renameVariant } from '../state/edits/variants.ts';
import { useProject, useSession } from '../state/hooks.ts';
import { sessionStore } from '../state/session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { FieldRow, TextInput } from '../ui/field.tsx';

const close = () => sessionStore.setState({ renameOpen: false });

export function RenameDialog() {
  const open = useSession((state) => state.renameOpen);
  const project = useProject();
  return open && project ? <RenameForm variant={project.variants[project.active]} /> : null;
}

function RenameForm({ variant }: { readonly variant: Variant }) {
  const [name, setName] = useState(variant.name);
  const empty = name.trim() === '';
  const rename = () => {
    if (empty) return;
    applyEdit(`Rename to ${name.trim()}`, (project) => renameVariant(project, variant.id, name));
    close();
  };
  const footer = (
    <>
      <Button kind="quiet" onClick={close}>
        Keep the name
      </Button>
      <Button kind="primary" disabledReason={empty ? 'A variant needs a name' : null} onClick={rename}>
        Rename
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={close} title={`Rename ${variant.name}`} footer={footer}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename();
        }}
      >
        <FieldRow label="Name" problem={empty ? 'A variant needs a name.' : null}>
          {({ id, describedBy }) => <TextInput id={id} value={name} describedBy={describedBy} invalid={empty} onChange={setName} />}
        </FieldRow>
      </form>
    </Dialog>
  );
}
