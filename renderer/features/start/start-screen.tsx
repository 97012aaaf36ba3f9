import { FolderOpen, Sparkles, Download } from 'lucide-react';
import { MODEL_EXTENSIONS } from '../../commands/open-files.ts';
import { ariaShortcut, shortcutText } from '../../commands/shortcut.ts';
import { runCommand } from '../../commands/table.ts';
import { useActivity, useDocument, useProject, useSaving } from '../../state/hooks.ts';
import { projectName } from '../../state/saving.ts';
import { goTo } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import { LadderSheet } from './ladder-sheet.tsx';
import { Recoverable } from './recoverable.tsx';
import { Recents } from './recents.tsx';
import { Samples } from './samples.tsx';

export function StartScreen() {
  return (
    <main id="main" className="panes start">
      <OpenPane />
      <section className="pane scroll" aria-label="Recent files and samples" tabIndex={0}>
        <div className="start-r stack-4">
          <Recents />
          <Samples />
          <LadderSheet />
        </div>
      </section>
    </main>
  );
}

function OpenPane() {
  const opening = useActivity((state) => Object.values(state.jobs).some((job) => job.lane === 'interactive' && /^(Opening|Drawing)/.test(job.title)));
  return (
    <section className="start-l" aria-label="Open">
      <div className="stack-1">
        <h1>
          Make a network small,
          <br />
          and see what it costs.
        </h1>
        <p className="soft t-13">Open a trained model, choose bits layer by layer, prove what you export.</p>
      </div>
      <div className="start-act">
        <Button kind="primary" size="large" icon={FolderOpen} aria-keyshortcuts={ariaShortcut('Mod+O')} onClick={() => runCommand('open')}>
          Open a model
          <span className="k">{shortcutText('Mod+O')}</span>
        </Button>
        <Button size="large" icon={Sparkles} disabledReason={opening ? 'Something is being opened' : null} onClick={() => runCommand('open-sample')}>
          Start with the offline sample
        </Button>
      </div>
      <div className="drop">
        <Icon of={Download} size={20} />
        <b>Drop a file anywhere in the window</b>
        <span>{MODEL_EXTENSIONS.map((extension) => `.${extension}`).join(', ')}, and with them a data set: IDX, CIFAR, NumPy, CSV, folders of images; .bitproj projects</span>
      </div>
      <Recoverable />
      <BackNotice />
      <p className="u grow" />
      <p className="u t-11">Everything stays on this computer. No account, no server.</p>
    </section>
  );
}

/** The network that is still open behind this page. */
function BackNotice() {
  const project = useProject();
  const steps = useDocument((state) => state.steps.length);
  const file = useSaving((state) => state.file);
  if (!project) return null;
  return (
    <Notice title={`${projectName(project, file)} is open.`}>
      <span className="soft">
        {steps > 1 ? `${steps - 1} step${steps === 2 ? '' : 's'} since it was opened. ` : ''}
        <button type="button" className="link" onClick={() => goTo('studio')}>
          Back to it
        </button>
      </span>
    </Notice>
  );
}
