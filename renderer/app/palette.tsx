import { useMemo, useRef, useState } from 'react';
import { Search } from 'lucide-react';
import { Dialog } from '@base-ui/react/dialog';
import type { Command } from '../commands/command.ts';
import { searchCommands } from '../commands/search.ts';
import { shortcutKeys } from '../commands/shortcut.ts';
import { COMMANDS } from '../commands/table.ts';
import { useSession } from '../state/hooks.ts';
import { sessionStore } from '../state/session.ts';
import { Chip } from '../ui/chip.tsx';
import { Icon } from '../ui/icon.tsx';

const close = () => sessionStore.setState({ paletteOpen: false });

export function Palette() {
  const open = useSession((state) => state.paletteOpen);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => sessionStore.setState({ paletteOpen: next })}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="palette palette-at" aria-label="Commands">
          {open && <Contents />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const SHOWN = 12;

function Contents() {
  const [query, setQuery] = useState('');
  const [position, setPosition] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = useMemo(() => searchCommands(COMMANDS, query).slice(0, SHOWN), [query]);
  const chosen = Math.min(position, found.length - 1);
  const run = (command: Command) => {
    if (command.enabled() !== true) return;
    close();
    void command.run();
  };
  const move = (next: number) => {
    const bounded = (next + found.length) % Math.max(1, found.length);
    setPosition(bounded);
    list.current?.children[bounded]?.scrollIntoView({ block: 'nearest' });
  };
  const press = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(chosen + 1);
    else if (event.key === 'ArrowUp') move(chosen - 1);
    else if (event.key === 'Enter' && found[chosen]) run(found[chosen].command);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="palette-in">
        <Icon of={Search} />
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[chosen] ? `palette-${found[chosen].command.id}` : undefined}
          aria-label="Search commands"
          placeholder="What do you want to do?"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setPosition(0);
          }}
          onKeyDown={press}
        />
        <span className="k">Esc</span>
      </div>
      {found.length === 0 && <p className="pad u">No command has these words. Try a layer’s precision, a screen or a theme.</p>}
      <ul id="palette-list" role="listbox" aria-label="Commands" ref={list}>
        {found.map(({ command, parts }, index) => (
          <PaletteItem key={command.id} command={command} parts={parts} chosen={index === chosen} onPoint={() => setPosition(index)} onRun={() => run(command)} />
        ))}
      </ul>
    </>
  );
}

interface PaletteItemProps {
  readonly command: Command;
  readonly parts: readonly { readonly text: string; readonly hit: boolean }[];
  readonly chosen: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}

function PaletteItem({ command, parts, chosen, onPoint, onRun }: PaletteItemProps) {
  const enabled = command.enabled();
  return (
    <li
      id={`palette-${command.id}`}
      role="option"
      aria-selected={chosen}
      aria-disabled={enabled === true ? undefined : true}
      onPointerMove={onPoint}
      onClick={onRun}
    >
      {command.scheme ? <Chip scheme={command.scheme} short /> : <span className="palette-gap" />}
      <span className={enabled === true ? 'nowrap' : 'nowrap u'}>
        {parts.map((part, index) => (part.hit ? <mark key={index}>{part.text}</mark> : <span key={index}>{part.text}</span>))}
      </span>
      <span className="sc">
        {enabled === true
          ? command.shortcut && shortcutKeys(command.shortcut).map((key) => <span key={key} className="k">{key}</span>)
          : enabled}
      </span>
    </li>
  );
}
