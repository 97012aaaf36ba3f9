import { useRef } from 'react';
import { useProject, useSaving } from '../state/hooks.ts';
import { projectName } from '../state/saving.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** The question before unsaved work goes. */
export function LeaveDialog() {
  const question = useSaving((state) => state.question);
  const file = useSaving((state) => state.file);
  const project = useProject();
  const save = useRef<HTMLButtonElement>(null);
  if (!question || !project) return null;
  const name = projectName(project, file);
  const footer = (
    <>
      <Button kind="quiet" onClick={() => question.answer('stay')}>
        Keep working
      </Button>
      <Button kind="danger" onClick={() => question.answer('discard')}>
        Discard changes
      </Button>
      <Button kind="primary" ref={save} onClick={() => question.answer('save')}>
        Save
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={() => question.answer('stay')} title={`Save ${name} first?`} footer={footer} initialFocus={save}>
      <p>{file ? `It has changed since it was saved to ${file.name}.` : 'It is in no file yet: its variants and what was trained and measured would go with it.'}</p>
    </Dialog>
  );
}
