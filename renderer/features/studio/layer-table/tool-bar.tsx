import { memo } from 'react';
import { Grid2x2Plus, Lock, LockOpen, Search } from 'lucide-react';
import { commandOf, runCommand } from '../../../commands/table.ts';
import { titleOf } from '../../../commands/command.ts';
import { shortcutText } from '../../../commands/shortcut.ts';
import { useSession } from '../../../state/hooks.ts';
import { sessionStore } from '../../../state/session.ts';
import { Button } from '../../../ui/button.tsx';
import { TextInput } from '../../../ui/field.tsx';
import { Menu, type MenuEntry } from '../../../ui/menu.tsx';
import { ColumnsMenu } from './columns-menu.tsx';
import { Segmented } from '../../../ui/segmented.tsx';

const SPREAD = ['spread-similar', 'spread-block', 'spread-all', 'spread-pattern'] as const;

function entriesOf(ids: readonly string[]): readonly MenuEntry[] {
  return ids.flatMap((id) => {
    const command = commandOf(id);
    if (!command) return [];
    const enabled = command.enabled();
    return [
      {
        id,
        label: titleOf(command),
        shortcut: command.shortcut && shortcutText(command.shortcut),
        disabledReason: enabled === true ? null : enabled,
        onSelect: () => void runCommand(id),
      },
    ];
  });
}

const PANES = [
  { id: 'graph', label: 'Graph' },
  { id: 'layers', label: 'Layers' },
] as const;

export function PaneSwitch() {
  const pane = useSession((state) => state.narrowPane);
  return (
    <span className="only-narrow">
      <Segmented label="Shown pane" value={pane} choices={PANES} onChange={(narrowPane) => sessionStore.setState({ narrowPane })} />
    </span>
  );
}

export const ToolBar = memo(function ToolBar({ selectedCount, allLocked }: { readonly selectedCount: number; readonly allLocked: boolean }) {
  const filter = useSession((state) => state.filter);
  // Asked again whenever the selection moves, because the reasons follow it.
  useSession((state) => state.focused);
  const reason = selectedCount > 0 ? null : 'No layer is selected';
  return (
    <div className="tool">
      <PaneSwitch />
      <TextInput label="Filter layers" icon={Search} placeholder="Filter: name, op, < INT8" value={filter} onChange={(text) => sessionStore.setState({ filter: text })} />
      <Menu
        trigger={
          <Button size="small" icon={Grid2x2Plus} opensMenu disabledReason={reason}>
            All like this
          </Button>
        }
        entries={entriesOf(SPREAD)}
      />
      <Button size="small" icon={allLocked ? LockOpen : Lock} className="hide-narrow" disabledReason={reason} onClick={() => runCommand('lock')}>
        {allLocked && selectedCount > 0 ? 'Unlock' : 'Lock'}
      </Button>
      <ColumnsMenu />
      <span className="grow" />
      <span className="u t-11 hide-narrow nowrap">
        {selectedCount} selected · keys <span className="k">1</span>–<span className="k">6</span>
      </span>
    </div>
  );
});
