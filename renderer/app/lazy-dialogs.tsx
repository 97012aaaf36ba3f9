import { lazy, Suspense } from 'react';
import { useSession } from '../state/hooks.ts';

const DataDialog = lazy(() => import('../features/data/data-dialog.tsx').then((module) => ({ default: module.DataDialog })));
const PatternDialog = lazy(() => import('../features/studio/pattern-dialog.tsx').then((module) => ({ default: module.PatternDialog })));
const SettingsDialog = lazy(() => import('./settings-dialog.tsx').then((module) => ({ default: module.SettingsDialog })));

/** Dialogs that are not part of what the page loads at its start. */
export function LazyDialogs() {
  const data = useSession((state) => state.dataOpen);
  const pattern = useSession((state) => state.patternOpen);
  const settings = useSession((state) => state.settingsOpen);
  return (
    <Suspense fallback={null}>
      {data && <DataDialog />}
      {pattern && <PatternDialog />}
      {settings && <SettingsDialog />}
    </Suspense>
  );
}
