import { titleOf } from '../commands/command.ts';
import { shortcutKeys } from '../commands/shortcut.ts';
import { COMMANDS } from '../commands/table.ts';
import { useSession } from '../state/hooks.ts';
import { sessionStore } from '../state/session.ts';
import { Dialog } from '../ui/dialog.tsx';

/** Keys of the table that are no commands. */
const TABLE_KEYS = [
  ['Next or previous row', '↑ ↓'],
  ['Add to the selection', 'Shift ↑ ↓'],
  ['Go on without selecting, and select', 'Ctrl ↑ ↓ Space'],
  ['Collapse or expand a block', '← →'],
  ['Expand every block', '*'],
  ['Scroll the columns', 'Shift ← →'],
  ['Walk along the ladder', '← →'],
] as const;

export function ShortcutsDialog() {
  const open = useSession((state) => state.shortcutsOpen);
  return (
    <Dialog open={open} onOpenChange={(next) => sessionStore.setState({ shortcutsOpen: next })} title="Keyboard shortcuts">
      <dl className="kv">
        {COMMANDS.filter((command) => command.shortcut).map((command) => (
          <Line key={command.id} name={titleOf(command)} keys={shortcutKeys(command.shortcut ?? '')} />
        ))}
        {TABLE_KEYS.map(([name, keys]) => (
          <Line key={name} name={name} keys={keys.split(' ')} />
        ))}
      </dl>
    </Dialog>
  );
}

function Line({ name, keys }: { readonly name: string; readonly keys: readonly string[] }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {keys.map((key) => (
          <span key={key} className="k">
            {key}
          </span>
        ))}
      </dd>
    </>
  );
}
