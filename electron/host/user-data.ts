import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the loopback shell and the command line keep settings; Electron's own `userData` is the same folder. */
export function userDataFolder(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv, home: string = homedir()): string {
  const chosen = environment['BITWRIGHT_USER_DATA'];
  if (chosen) return chosen;
  if (platform === 'win32') return join(environment['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Bitwright');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Bitwright');
  return join(environment['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'Bitwright');
}
