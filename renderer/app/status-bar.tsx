import { memo, useSyncExternalStore } from 'react';
import type { JobRecord } from '../state/activity.ts';
import { activityStore } from '../state/activity.ts';
import { useActivity, useDataState, useProject, useSaving, useSession, useUnsaved } from '../state/hooks.ts';
import { activeNetwork } from '../state/select/network.ts';
import type { Screen } from '../state/session.ts';
import { X } from 'lucide-react';
import { formats } from '../ui/format.ts';
import { IconButton } from '../ui/button.tsx';
import { savedText } from './saved-text.ts';

export function StatusBar({ screen }: { readonly screen: Screen }) {
  const system = useSession((state) => state.system);
  return (
    <footer className="status">
      {screen === 'start' ? <span>Everything stays on this computer</span> : <NetworkFacts />}
      <span className="grow" />
      <JobLine />
      {screen === 'start' && system?.versions['bitwright'] && (
        <span>
          Bitwright <b>{system.versions['bitwright']}</b>
        </span>
      )}
    </footer>
  );
}

const DATA_WORDS = { here: '', finding: ', being opened', missing: ', files not found' } as const;

function NetworkFacts() {
  const project = useProject();
  const speed = useActivity((state) => (project ? state.speeds[activeNetwork(project).key] : undefined));
  const evaluation = useActivity((state) => (project ? state.evaluations[activeNetwork(project).key] : undefined));
  const dataState = useDataState();
  if (!project) return null;
  return (
    <>
      <SavedState fileName={project.source.fileName} />
      {speed && (
        <span>
          Runtime <b>{speed.environment}</b>
        </span>
      )}
      <span className="hide-narrow">
        Data <b>{project.data ? project.data.name : 'none open'}{DATA_WORDS[dataState]}{evaluation ? `, ${formats.count(evaluation.count)} measured` : ''}</b>
      </span>
    </>
  );
}

/** Where the work is: in a file, kept unsaved, or as it was opened. */
function SavedState({ fileName }: { readonly fileName: string }) {
  const unsaved = useUnsaved();
  const { file, savedAtMs, autosave, autosavedAtMs, problem } = useSaving((state) => state);
  const text = savedText({ unsaved, file: file?.name ?? null, savedAtMs, autosave, autosavedAtMs, problem: problem !== null });
  return (
    <span className="row" title={problem ?? undefined}>
      {text?.safe && <span className="ok-dot" aria-hidden="true" />}
      <b>{text?.text ?? fileName}</b>
    </span>
  );
}

const secondsNow = (): number => Math.floor(performance.now() / 1000);

function subscribeSeconds(listener: () => void): () => void {
  const timer = setInterval(listener, 1000);
  return () => clearInterval(timer);
}

function JobLine() {
  const job = useActivity((state) => shownJob(state.jobs));
  const more = useActivity((state) => Object.keys(state.jobs).length - 1);
  useSyncExternalStore(subscribeSeconds, secondsNow);
  if (!job) return null;
  const progress = progressText(job);
  return (
    <span className="row" role="status">
      <span>
        {job.title}
        {progress && <b> {progress}</b>}
        {more > 0 && `, ${more} more`}
      </span>
      <StopButton id={job.id} title={job.title} />
    </span>
  );
}

/** Apart, because the line beside it changes many times a second. */
const StopButton = memo(function StopButton({ id, title }: { readonly id: number; readonly title: string }) {
  return <IconButton icon={X} label={`Stop: ${title}`} className="status-x" onClick={() => activityStore.getState().jobs[id]?.cancel()} />;
});

function shownJob(jobs: Readonly<Record<number, JobRecord>>): JobRecord | null {
  const all = Object.values(jobs);
  return all.find((job) => job.state === 'running' && job.lane === 'long') ?? all.find((job) => job.state === 'running') ?? all[0] ?? null;
}

function progressText(job: JobRecord): string {
  if (job.state === 'waiting') return 'waits';
  if (job.total === 0 || job.startedAtMs === null) return '';
  const share = job.done / job.total;
  const spentSeconds = (performance.now() - job.startedAtMs) / 1000;
  const left = share > 0 ? `, ${formats.timeLeft((spentSeconds * (1 - share)) / share, share)} left` : '';
  return `${formats.count(job.done)} of ${formats.count(job.total)}${spentSeconds > 2 ? left : ''}`;
}
