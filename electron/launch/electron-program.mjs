import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemOf } from './decide.mjs';
import { ROOT } from './prepare.mjs';

/** Long enough for 100 MB over a slow line, short enough to wait for. */
const LIMIT_MS = 90_000;

/** Path of Electron's executable, fetched by the package's own installer where it is absent. */
export function findElectron() {
  const present = electronPath();
  if (present) return { electron: present, electronProblem: null };
  console.log("Fetching Electron's program …");
  const installer = join(ROOT, 'node_modules', 'electron', 'install.js');
  const result = spawnSync(process.execPath, [installer], { cwd: ROOT, timeout: LIMIT_MS, encoding: 'utf8' });
  const electron = result.status === 0 ? electronPath() : null;
  const timedOut = result.error?.code === 'ETIMEDOUT';
  return { electron, electronProblem: electron ? null : problemOf(`${result.stderr ?? ''}\n${result.stdout ?? ''}`, timedOut) };
}

/** As the package itself finds it, without its lazy download. */
function electronPath() {
  const folder = join(ROOT, 'node_modules', 'electron');
  try {
    const program = readFileSync(join(folder, 'path.txt'), 'utf8');
    const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), program);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}
