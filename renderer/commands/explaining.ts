import type { Project } from '../../core/project/schema.ts';
import { comparingStore, shownColumns, shownPair } from '../state/comparing.ts';
import { documentStore } from '../state/document.ts';
import { activeNetwork } from '../state/select/network.ts';
import { canRun } from './measure.ts';
import { dataOf } from './network-state.ts';
import { openScreen } from './view.ts';

/** Why no gap can be explained now, or true. */
export function canExplainGap(): true | string {
  const { project } = documentStore.getState();
  if (!project) return 'No network is open';
  return gapBlocked(project) ?? true;
}

export function gapBlocked(project: Project): string | null {
  if (project.order.length < 2) return 'There is one variant only';
  if (!project.data) return 'No data is open';
  const network = activeNetwork(project);
  if (!dataOf(network)) return 'The pictures of the data set are not open';
  return canRun(network) ? null : 'The network has operators that the studio does not run';
}

/** Shows why the pair that is compared differs. */
export function openGap(): void {
  const { project } = documentStore.getState();
  if (!project) return;
  const { chosen, pair } = comparingStore.getState();
  openScreen('compare');
  comparingStore.setState({ explaining: true, pair: shownPair(project, shownColumns(project, chosen), pair) });
}
