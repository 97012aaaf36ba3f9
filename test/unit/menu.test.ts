import { describe, expect, it } from 'vitest';
import { menuTemplate } from '../../electron/main/menu.ts';
import type { MenuOptions } from '../../electron/main/menu.ts';
import { COMMANDS } from '../../renderer/commands/table.ts';

interface Item {
  readonly label?: string;
  readonly role?: string;
  readonly accelerator?: string;
  readonly registerAccelerator?: boolean;
  readonly click?: () => void;
  readonly submenu?: readonly Item[];
}

function template(options: Partial<MenuOptions> = {}): readonly Item[] {
  return menuTemplate({ isMac: false, isPackaged: true, command: () => {}, openLink: () => {}, ...options }) as readonly Item[];
}

const flat = (items: readonly Item[]): readonly Item[] => items.flatMap((item) => [item, ...flat(item.submenu ?? [])]);

describe('the native menu', () => {
  it('asks only for commands that the page has, with the keys that the page handles', () => {
    for (const isMac of [true, false]) {
      for (const item of flat(template({ isMac }))) {
        const asked: string[] = [];
        const [own] = flat(template({ isMac, command: (id) => asked.push(id) })).filter(({ label }) => label !== undefined && label === item.label);
        if (!own?.click || item.label?.startsWith('Papers')) continue;
        own.click();
        const command = COMMANDS.find(({ id }) => id === asked[0]);
        expect(command, `${item.label} asks for ${asked[0]}`).toBeDefined();
        expect(item.accelerator?.replace('CmdOrCtrl', 'Mod'), item.label).toBe(command!.shortcut);
        expect(item.registerAccelerator).toBe(false);
      }
    }
  });

  it('has developer tools and reload only where it is not packaged', () => {
    const roles = (isPackaged: boolean): readonly (string | undefined)[] => flat(template({ isPackaged })).map(({ role }) => role);
    expect(roles(true)).not.toContain('toggleDevTools');
    expect(roles(true)).not.toContain('reload');
    expect(roles(false)).toContain('toggleDevTools');
  });

  it('has an application menu on a Mac, and ends the application elsewhere', () => {
    expect(template({ isMac: true })[0]).toEqual({ role: 'appMenu' });
    expect(flat(template()).map(({ role }) => role)).toContain('quit');
  });
});
