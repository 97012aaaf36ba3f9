// What the launcher decides, without touching the machine. Node alone runs this, before anything is built.

/** The oldest Node that the packages run on. */
export const OLDEST_NODE = 20;

/** Whether the packages of a lockfile are the ones that stand in node_modules/.package-lock.json (null: not there). */
export function installIsCurrent(lock, installed) {
  if (!installed?.packages) return false;
  return Object.entries(lock.packages ?? {}).every(([path, wanted]) => {
    if (path === '' || wanted.link) return true;
    const present = installed.packages[path];
    // Packages for other systems are optional and stay out.
    return present ? present.version === wanted.version : Boolean(wanted.optional || wanted.devOptional || wanted.peer);
  });
}

/** `newestSourceMs` and `builtMs` are modification times; null for a build that is not there. */
export function buildIsStale(newestSourceMs, builtMs) {
  return builtMs === null || newestSourceMs > builtMs;
}

export function parseLaunchArguments(argv) {
  const known = { '--web': 'web', '--no-open': 'noOpen' };
  const flags = { web: false, noOpen: false, files: [], unknown: [] };
  for (const argument of argv) {
    if (known[argument]) flags[known[argument]] = true;
    else if (argument.startsWith('-')) flags.unknown.push(argument);
    else flags.files.push(argument);
  }
  return flags;
}

/**
 * Which shell opens, and the sentence that says why it is not Electron (null where nothing needs saying).
 * `electron`: path of the executable, or null with `electronProblem` in words.
 */
export function chooseShell({ web, noOpen, hasDisplay, electron, electronProblem }) {
  if (web || noOpen) return { shell: 'loopback', sentence: null };
  if (!hasDisplay) return { shell: 'loopback', sentence: 'There is no display here, so the studio runs as a page of this machine.' };
  if (electron) return { shell: 'electron', sentence: null };
  return {
    shell: 'loopback',
    sentence: `Electron's program could not be had (${electronProblem}), so the same studio opens in a browser window.`,
  };
}

/** Chromium's sandbox refuses to run as root; containers usually are. */
export function sandboxArguments(isRoot) {
  return isRoot ? { args: ['--no-sandbox'], sentence: 'Running as root: Chromium cannot use its sandbox, so --no-sandbox is added.' } : { args: [], sentence: null };
}

/** The last line of an installer's output that says something: the rest is its stack. */
export function problemOf(output, timedOut) {
  if (timedOut) return 'the download took too long';
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.find((line) => /error|failed|ENOTFOUND|ECONN|ETIMEDOUT/i.test(line) && !line.startsWith('at '));
  return (said ?? 'its installer failed').replace(/^(\w*Error|error):\s*/, '').slice(0, 140);
}
