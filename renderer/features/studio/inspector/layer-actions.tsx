import { memo } from 'react';
import { Ellipsis } from 'lucide-react';
import { commandOf, runCommand } from '../../../commands/table.ts';
import { titleOf } from '../../../commands/command.ts';
import { shortcutText } from '../../../commands/shortcut.ts';
import { useSession } from '../../../state/hooks.ts';
import { IconButton } from '../../../ui/button.tsx';
import { Menu, type MenuEntry } from '../../../ui/menu.tsx';

const ACTIONS = ['spread-similar', 'spread-block', 'spread-all'] as const;

/** What can be done with the selected layer besides choosing a rung. */
export const LayerActions = memo(function LayerActions() {
  // What is possible follows the focused layer.
  useSession((state) => state.focused);
  const entries = ACTIONS.flatMap((id): readonly MenuEntry[] => {
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
  return <Menu align="end" trigger={<IconButton icon={Ellipsis} label="More actions" />} entries={entries} />;
});
