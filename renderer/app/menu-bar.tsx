import { Menu as MenuIcon, Check } from 'lucide-react';
import { Menu } from '@base-ui/react/menu';
import { Menubar } from '@base-ui/react/menubar';
import { MENUS, titleOf, type Command, type MenuName } from '../commands/command.ts';
import { shortcutText } from '../commands/shortcut.ts';
import { COMMANDS } from '../commands/table.ts';
import { Chip } from '../ui/chip.tsx';
import { Icon } from '../ui/icon.tsx';
import { classes } from '../ui/classes.ts';

const active = (state: { readonly highlighted: boolean }) => classes(state.highlighted && 'is-active');

function commandsOf(menu: MenuName): readonly Command[] {
  return COMMANDS.filter((command) => command.menu === menu && !command.hidden);
}

export function MenuBar() {
  return (
    <Menubar className="menubar" aria-label="Application menu" modal={false}>
      {MENUS.map((menu) => (
        <Menu.Root key={menu}>
          <Menu.Trigger>{menu}</Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner align="start" sideOffset={6} collisionPadding={8} className="float">
              <Menu.Popup className="menu rise">
                <Items menu={menu} />
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      ))}
    </Menubar>
  );
}

/** The same menus behind one button, where the window is narrow. */
export function MenuButton() {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger render={<button type="button" className="b b-g b-i b-s menu-min" aria-label="Menu" />}>
        <Icon of={MenuIcon} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="start" sideOffset={6} collisionPadding={8} className="float">
          <Menu.Popup className="menu rise">
            {MENUS.map((menu) => (
              <Menu.SubmenuRoot key={menu}>
                <Menu.SubmenuTrigger className={active}>
                  {menu}
                  <span className="sc">›</span>
                </Menu.SubmenuTrigger>
                <Menu.Portal>
                  <Menu.Positioner collisionPadding={8} className="float">
                    <Menu.Popup className="menu rise">
                      <Items menu={menu} />
                    </Menu.Popup>
                  </Menu.Positioner>
                </Menu.Portal>
              </Menu.SubmenuRoot>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** Rendered when the menu opens, so what is enabled is asked at that moment. */
function Items({ menu }: { readonly menu: MenuName }) {
  const commands = commandsOf(menu);
  return commands.map((command, index) => {
    const parts = index > 0 && commands[index - 1].group !== command.group;
    return (
      <div key={command.id} role="presentation">
        {parts && <Menu.Separator render={<hr />} />}
        <Item command={command} />
      </div>
    );
  });
}

function Item({ command }: { readonly command: Command }) {
  const enabled = command.enabled();
  const body = (
    <>
      {command.scheme ? <Chip scheme={command.scheme} short /> : command.checked?.() ? <Icon of={Check} /> : <span className="i" />}
      <span>{titleOf(command)}</span>
      {command.shortcut && <span className="sc">{shortcutText(command.shortcut)}</span>}
      {enabled !== true && <small>{enabled}</small>}
    </>
  );
  const shared = { className: active, disabled: enabled !== true };
  const run = () => void command.run();
  if (!command.checked) return <Menu.Item {...shared} onClick={run}>{body}</Menu.Item>;
  return (
    <Menu.CheckboxItem {...shared} checked={command.checked()} closeOnClick onCheckedChange={run}>
      {body}
    </Menu.CheckboxItem>
  );
}
