import type { ReactElement } from 'react';
import type { LucideIcon } from 'lucide-react';
import { Check } from 'lucide-react';
import { Menu as Base } from '@base-ui/react/menu';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';

export interface MenuAction {
  readonly id: string;
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly shortcut?: string;
  readonly checked?: boolean;
  readonly disabledReason?: string | null;
  /** Of a checked entry: the menu stays for the next one. */
  readonly staysOpen?: boolean;
  readonly onSelect: () => void;
}
export type MenuEntry = MenuAction | 'separator';

export interface MenuProps {
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
  readonly align?: 'start' | 'center' | 'end';
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

const itemClass = (state: { readonly highlighted: boolean }) => classes(state.highlighted && 'is-active');

function MenuLine({ entry }: { readonly entry: MenuAction }) {
  const icon = entry.checked ? Check : entry.icon;
  const body = (
    <>
      {icon ? <Icon of={icon} /> : <span className="i" />}
      <span>{entry.label}</span>
      {entry.shortcut && <span className="sc">{entry.shortcut}</span>}
      {entry.disabledReason && <small>{entry.disabledReason}</small>}
    </>
  );
  const shared = { disabled: Boolean(entry.disabledReason), className: itemClass };
  if (entry.checked === undefined) return <Base.Item {...shared} onClick={entry.onSelect}>{body}</Base.Item>;
  return (
    <Base.CheckboxItem {...shared} checked={entry.checked} closeOnClick={!entry.staysOpen} onCheckedChange={entry.onSelect}>
      {body}
    </Base.CheckboxItem>
  );
}

export function Menu({ trigger, entries, align = 'start', open, onOpenChange }: MenuProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={4} collisionPadding={8} className="float">
          <Base.Popup className="menu rise">
            {entries.map((entry, index) =>
              entry === 'separator' ? <Base.Separator key={`separator-${index}`} render={<hr />} /> : <MenuLine key={entry.id} entry={entry} />,
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
