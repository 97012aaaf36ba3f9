import type { HostEvent, RecentEntry } from '../../core/host/contract.ts';
import { notify, sessionStore } from '../state/session.ts';
import { connectHost, type HostClient } from './host.ts';

let client: HostClient | null = null;

/** The machine, or null while there is none. */
export function host(): HostClient | null {
  return client;
}

/** Connects and reads what the page shows of the machine. Never fails: without a host the page works on its own. */
export async function attachHost(onEvent: (event: HostEvent) => void): Promise<void> {
  client = await connectHost();
  if (!client) return;
  try {
    const [capabilities, system, recents] = await Promise.all([client.capabilities(null), client.system(null), client.recentsRead(null)]);
    sessionStore.setState({ capabilities, system, recents });
  } catch {
    client = null;
    notify({ tone: 'warn', title: 'The studio on this computer does not answer.', body: 'Files open through the browser; recent files are not kept.' });
    return;
  }
  void client.events(null, { onProgress: onEvent }).catch(() => undefined);
}

export async function readSettings(): Promise<Readonly<Record<string, unknown>>> {
  return (await client?.settingsRead(null).catch(() => null)) ?? {};
}

let changing: Promise<void> = Promise.resolve();

/** One after the other: each is written over what the one before has left. */
export function changeSetting(name: string, value: unknown): Promise<void> {
  changing = changing.then(async () => {
    await client?.settingsWrite({ ...(await readSettings()), [name]: value }).catch(() => undefined);
  });
  return changing;
}

export async function noteRecent(handle: string, kind: RecentEntry['kind'], facts: RecentEntry['facts']): Promise<void> {
  if (!client) return;
  try {
    await client.recentsNote({ handle, kind, facts });
    sessionStore.setState({ recents: await client.recentsRead(null) });
  } catch {
    // A list of recent files is a convenience: its failure is no reason to interrupt.
  }
}
