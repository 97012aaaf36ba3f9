import { lazy, memo, Suspense } from 'react';
import { Contrast, History, Redo2, Search, Undo2 } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { runCommand, commandOf } from '../commands/table.ts';
import { titleOf } from '../commands/command.ts';
import { ariaShortcut, shortcutKeys } from '../commands/shortcut.ts';
import { THEME_NAMES, nextTheme } from '../commands/view.ts';
import { useDocument, useProject, useSaving, useSession, useUnsaved } from '../state/hooks.ts';
import { projectName } from '../state/saving.ts';
import type { Screen } from '../state/session.ts';
import { Mark } from './mark.tsx';
import { MenuBar, MenuButton } from './menu-bar.tsx';
import { WorkspaceTabs } from './workspace-tabs.tsx';

const HistoryPanel = lazy(() => import('./history-panel.tsx').then((module) => ({ default: module.HistoryPanel })));

export function TopBar({ screen }: { readonly screen: Screen }) {
  const theme = useSession((state) => state.theme);
  return (
    <header className="bar">
      <div className="bar-l">
        <Mark />
        <MenuButton />
        <MenuBar />
        {screen !== 'start' && <DocumentName />}
      </div>
      {screen === 'start' ? <span /> : <WorkspaceTabs screen={screen} />}
      <div className="bar-r">
        {screen !== 'start' && <HistoryButtons />}
        <button type="button" className="find" aria-keyshortcuts={ariaShortcut('Mod+Shift+P')} onClick={() => runCommand('palette')}>
          <Icon of={Search} />
          <span className="lbl">Commands</span>
          {shortcutKeys('Mod+Shift+P').map((key) => (
            <span key={key} className="k" aria-hidden="true">
              {key}
            </span>
          ))}
        </button>
        <IconButton icon={Contrast} label={`Theme: ${THEME_NAMES[theme]}`} onClick={nextTheme} />
      </div>
    </header>
  );
}

function DocumentName() {
  const project = useProject();
  const file = useSaving((state) => state.file);
  const unsaved = useUnsaved();
  if (!project) return null;
  return (
    <div className="doc">
      <span className="trunc" title={file?.name ?? project.source.fileName}>
        {projectName(project, file)} <span className="soft">/ {project.variants[project.active].name}</span>
      </span>
      {unsaved && (
        <span className="u" title="Unsaved changes">
          <span aria-hidden="true">•</span>
          <span className="sr">Unsaved changes</span>
        </span>
      )}
    </div>
  );
}

function HistoryButtons() {
  const undoTitle = useDocument(() => titleFor('undo'));
  const redoTitle = useDocument(() => titleFor('redo'));
  return (
    <>
      <StepButton id="undo" icon={Undo2} title={undoTitle} reason={reasonFor('undo')} />
      <StepButton id="redo" icon={Redo2} title={redoTitle} reason={reasonFor('redo')} />
      <Suspense fallback={<IconButton icon={History} label="History" onClick={() => runCommand('history')} />}>
        <HistoryPanel />
      </Suspense>
      <span className="sep" />
    </>
  );
}

function titleFor(id: 'undo' | 'redo'): string {
  const command = commandOf(id);
  return command ? titleOf(command) : '';
}

function reasonFor(id: 'undo' | 'redo'): string | null {
  const enabled = commandOf(id)?.enabled();
  return typeof enabled === 'string' ? enabled : null;
}

interface StepButtonProps {
  readonly id: 'undo' | 'redo';
  readonly icon: typeof Undo2;
  readonly title: string;
  readonly reason: string | null;
}

const StepButton = memo(function StepButton({ id, icon, title, reason }: StepButtonProps) {
  return <IconButton icon={icon} label={title} disabledReason={reason} onClick={() => runCommand(id)} />;
});
