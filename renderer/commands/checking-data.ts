import type { Project } from '../../core/project/schema.ts';
import { CancelledError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { activityStore, putDataCheck } from '../state/activity.ts';
import { blobs } from '../state/blobs.ts';
import { documentStore } from '../state/document.ts';
import { dataCheckKey } from '../state/keys.ts';
import { sessionStore } from '../state/session.ts';
import { tellFailure } from './fail.ts';

const running = new Set<string>();

/** Shows the data set; its checks run where they have not yet. */
export function showData(): void {
  sessionStore.setState({ dataOpen: true });
  const { project } = documentStore.getState();
  if (project) void checkData(project);
}

/** Once for a network, data and preprocessing. */
export async function checkData(project: Project): Promise<void> {
  const data = project.data && blobs.data(project.data.hash);
  if (!project.data || !data) return;
  const key = dataCheckKey(project, project.data);
  const { dataChecks, reports } = activityStore.getState();
  if (dataChecks[key] || running.has(key)) return;
  running.add(key);
  const report = reports[project.source.weightsHash];
  // Of the sample network nothing is reported: it runs.
  const model = !report || report.runs === true ? blobs.model(project.source.weightsHash) : undefined;
  try {
    putDataCheck(key, await runJob('checkData', { data, model, preprocess: project.data.preprocess }, { title: `Checking ${data.name}` }));
  } catch (error) {
    if (!(error instanceof CancelledError)) tellFailure(error, 'Checking the data');
  } finally {
    running.delete(key);
  }
}
