import { lazy, Suspense } from 'react';
import { useDocument, useSession } from '../state/hooks.ts';
import type { Screen } from '../state/session.ts';
import { StartScreen } from '../features/start/start-screen.tsx';
import { StudioScreen } from '../features/studio/studio-screen.tsx';
import { BudgetsDialog } from './budgets-dialog.tsx';
import { DropTarget } from './drop-target.tsx';
import { LazyDialogs } from './lazy-dialogs.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { MetersBar } from './meters-bar.tsx';
import { NamingDialog } from './naming-dialog.tsx';
import { NoticeRelay } from './notice-relay.tsx';
import { Palette } from './palette.tsx';
import { RenameDialog } from './rename-dialog.tsx';
import { ReportDialog } from './report-dialog.tsx';
import { SpeedDialog } from './speed-dialog.tsx';
import { ShortcutsDialog } from './shortcuts-dialog.tsx';
import { StatusBar } from './status-bar.tsx';
import { TopBar } from './top-bar.tsx';

const AnalyseScreen = lazy(() => import('../features/analyse/analyse-screen.tsx').then((module) => ({ default: module.AnalyseScreen })));
const TrainScreen = lazy(() => import('../features/train/train-screen.tsx').then((module) => ({ default: module.TrainScreen })));
const CompareScreen = lazy(() => import('../features/compare/compare-screen.tsx').then((module) => ({ default: module.CompareScreen })));
const GraphPair = lazy(() => import('../features/studio/graph/graph-pair.tsx').then((module) => ({ default: module.GraphPair })));
const ExportScreen = lazy(() => import('../features/export/export-screen.tsx').then((module) => ({ default: module.ExportScreen })));

/** Features do not know one another: the graphs of the studio are handed over. */
const CompareWithGraphs = () => <CompareScreen graphs={GraphPair} />;

/** Each screen renders its own `<main id="main">`. */
const SCREENS = {
  start: StartScreen,
  studio: StudioScreen,
  analyse: AnalyseScreen,
  train: TrainScreen,
  compare: CompareWithGraphs,
  export: ExportScreen,
} as const satisfies Record<Screen, unknown>;

export function App() {
  const chosen = useSession((state) => state.screen);
  const isOpen = useDocument((state) => state.project !== null);
  const screen = isOpen ? chosen : 'start';
  const Shown = SCREENS[screen];
  return (
    <>
      <a className="skip" href="#main">
        Skip to the main area
      </a>
      <DropTarget>
        <div className={screen === 'start' ? 'app app-nometers' : 'app'}>
          <TopBar screen={screen} />
          {screen !== 'start' && <MetersBar compact={screen !== 'studio'} />}
          <Suspense fallback={<main id="main" className="panes" aria-busy="true" />}>
            <Shown />
          </Suspense>
          <StatusBar screen={screen} />
        </div>
      </DropTarget>
      <Palette />
      <BudgetsDialog />
      <RenameDialog />
      <ReportDialog />
      <ShortcutsDialog />
      <SpeedDialog />
      <LeaveDialog />
      <NamingDialog />
      <LazyDialogs />
      <NoticeRelay />
    </>
  );
}
