import { isLayer, type NodeId } from '../../core/graph/graph.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putChannelPicture, putDiagnosis, putInsight } from '../state/activity.ts';
import { documentStore } from '../state/document.ts';
import { channelKey, insightKey, triedFixesKey } from '../state/keys.ts';
import { activeNetwork, type ActiveNetwork } from '../state/select/network.ts';
import { sessionStore } from '../state/session.ts';
import { tellFailure } from './fail.ts';
import { stopTryingUnless } from './fixes.ts';
import { canRun } from './measure.ts';
import { dataOf, lacksData, networkState } from './network-state.ts';

/** The causes are looked for once selection and options rest: unlike the pictures they take a run of the network. */
const REST_MS = 300;

interface Task {
  readonly key: string;
  readonly stop: AbortController;
}

/** Keeps one piece of work up to date: another key stops the one before. */
function createFollower(doing: (layer: NodeId) => string) {
  let task: Task | null = null;
  const stop = (): void => {
    task?.stop.abort();
    task = null;
  };
  const follow = (key: string, known: boolean, layer: NodeId, work: (signal: AbortSignal) => Promise<void>): void => {
    if (task?.key === key) return;
    stop();
    if (known) return;
    const own: Task = { key, stop: new AbortController() };
    task = own;
    work(own.stop.signal)
      .catch((error: unknown) => tellFailure(error, doing(layer)))
      .finally(() => {
        if (task === own) task = null;
      });
  };
  return { follow, stop };
}

const pictures = createFollower((layer) => `Looking into ${layer}`);
const channels = createFollower((layer) => `Looking into a channel of ${layer}`);
const causes = createFollower((layer) => `Finding why ${layer} hurts`);

/** Keeps what the inspector shows of the focused layer up to date: follows the document and the selection from now on. */
export function startInspecting(): () => void {
  let soon: ReturnType<typeof setTimeout> | undefined;
  let rested: ReturnType<typeof setTimeout> | undefined;
  // The edit is drawn first: handing work to a worker takes its own time on this thread.
  const follow = (): void => {
    clearTimeout(soon);
    clearTimeout(rested);
    soon = setTimeout(followSelection, 0);
    rested = setTimeout(followCauses, REST_MS);
  };
  const stops = [
    documentStore.subscribe(follow),
    sessionStore.subscribe((state, before) => {
      if (state.focused !== before.focused || state.channel !== before.channel) follow();
    }),
  ];
  follow();
  return () => {
    clearTimeout(soon);
    clearTimeout(rested);
    for (const stop of stops) stop();
    for (const { stop } of [pictures, channels, causes]) stop();
  };
}

/** Looks once more: something that it needs is here now. */
export function inspectAgain(): void {
  followSelection();
  followCauses();
}

/** What the inspector shows: the focused layer of the network in work. */
function inspected(): { readonly network: ActiveNetwork; readonly layer: NodeId } | null {
  const { project } = documentStore.getState();
  const network = project && activeNetwork(project);
  const layer = sessionStore.getState().focused;
  const isOne = network?.graph.nodes.some((node) => node.id === layer && isLayer(node)) ?? false;
  return network && layer !== null && isOne && canRun(network) && !lacksData(network) ? { network, layer } : null;
}

function followSelection(): void {
  const shown = inspected();
  stopTryingUnless((layer) => {
    const { project } = documentStore.getState();
    return project ? triedFixesKey(activeNetwork(project), layer) : null;
  });
  if (!shown) {
    for (const { stop } of [pictures, channels, causes]) stop();
    return;
  }
  const { network, layer } = shown;
  const { insights, channelPictures } = activityStore.getState();
  const key = insightKey(network, layer);
  const title = `Looking into ${layer}`;
  pictures.follow(key, key in insights, layer, async (signal) => {
    const state = await networkState(network);
    putInsight(key, await runJob('inspectLayer', { state, layer }, { title, signal, priority: 3 }));
  });
  const { channel } = sessionStore.getState();
  if (channel?.layer !== layer) return channels.stop();
  const ofChannel = channelKey(network, layer, channel.index);
  channels.follow(ofChannel, ofChannel in channelPictures, layer, async (signal) => {
    const state = await networkState(network);
    putChannelPicture(ofChannel, await runJob('inspectChannel', { state, layer, channel: channel.index }, { title, signal, priority: 3 }));
  });
}

function followCauses(): void {
  const shown = inspected();
  if (!shown) return causes.stop();
  const { network, layer } = shown;
  const key = insightKey(network, layer);
  causes.follow(key, key in activityStore.getState().diagnoses, layer, async (signal) => {
    const state = await networkState(network);
    const hasData = dataOf(network) !== null;
    putDiagnosis(key, await runJob('diagnoseLayer', { state, layer, hasData }, { title: `Finding why ${layer} hurts`, signal, yields: true }));
  });
}

/** Shows one output channel alone; null shows them all again. */
export function showChannel(layer: NodeId, index: number | null): void {
  sessionStore.setState({ channel: index === null ? null : { layer, index } });
}
