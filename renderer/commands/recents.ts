import { SCHEMES } from '../../core/schemes/index.ts';
import { layersOf } from '../../core/graph/graph.ts';
import { noteRecent } from '../host/machine.ts';
import { activityStore } from '../state/activity.ts';
import { documentStore } from '../state/document.ts';
import { schemeOf } from '../state/edits/plan.ts';
import { layerTable } from '../state/select/layers.ts';
import { savingStore } from '../state/saving.ts';
import { activeNetwork, sizeOf, type ActiveNetwork } from '../state/select/network.ts';

/** Which file each open network came from, by the hash of its weights. */
const handles = new Map<string, string>();

/** A change is noted when nothing has followed it for this long. */
const REST_MS = 1500;

export function rememberHandle(weightsHash: string, handle: string): void {
  handles.set(weightsHash, handle);
}

/** Keeps the line of the open file in the list of recent files up to date: its precisions, size and accuracy. */
export function startNotingRecents(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let noted = '';
  const note = (): void => {
    const { project } = documentStore.getState();
    const { file } = savingStore.getState();
    const handle = file?.handle || (project && handles.get(project.source.weightsHash));
    if (!project || !handle) return;
    const facts = factsOf(activeNetwork(project));
    const text = handle + JSON.stringify(facts);
    if (text === noted) return;
    noted = text;
    void noteRecent(handle, file?.handle ? 'project' : 'model', facts);
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(note, REST_MS);
  };
  const stops = [
    documentStore.subscribe(later),
    activityStore.subscribe((state, before) => {
      if (state.evaluations !== before.evaluations) later();
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

export function factsOf(network: ActiveNetwork): Readonly<Record<string, string | number>> {
  const { graph, plan, project } = network;
  const evaluation = activityStore.getState().evaluations[network.key];
  const parameters = Object.values(layerTable(graph)).reduce((sum, info) => sum + info.parameters, 0);
  return {
    network: graph.name,
    parameters,
    fingerprint: layersOf(graph).map((layer) => SCHEMES[schemeOf(plan, layer.id)].letter).join('').slice(0, 500),
    sizeBytes: sizeOf(graph, plan).totalBytes,
    floatBytes: project.source.floatBytes,
    ...(evaluation?.measure === 'accuracy' ? { accuracy: evaluation.accuracy, low: evaluation.interval.low, high: evaluation.interval.high } : {}),
  };
}
