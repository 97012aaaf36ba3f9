import { History } from 'lucide-react';
import type { JournalEntry } from '../../../core/host/contract.ts';
import { askForData } from '../../commands/open-files.ts';
import { discardUnsavedWork, recover } from '../../commands/open-project.ts';
import { useSaving } from '../../state/hooks.ts';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { openedText, recoverableText } from './view-model.ts';

/** As many as fit the pane; the next moves up when one is dealt with. */
const SHOWN = 2;

/** What an earlier session left unsaved. */
export function Recoverable() {
  const entries = useSaving((state) => state.recoverable);
  return entries.slice(0, SHOWN).map((entry) => <Entry key={entry.id} entry={entry} />);
}

function Entry({ entry }: { readonly entry: JournalEntry }) {
  const name = String(entry.facts['name'] ?? 'A project');
  return (
    <div className="note" role="group" aria-label={`Unsaved work of ${name}`}>
      <span className="warn">
        <Icon of={History} />
      </span>
      <div>
        <b>
          {name} was not saved, {openedText(entry.savedAt, new Date(), formats.locale)}.
        </b>
        <br />
        {recoverableText(entry)}
        <div className="row">
          <button type="button" className="link" onClick={() => void recover(entry, askForData)}>
            Recover it
          </button>
          <span className="u">·</span>
          <button type="button" className="link" onClick={() => void discardUnsavedWork(entry)}>
            Discard it
          </button>
        </div>
      </div>
    </div>
  );
}
