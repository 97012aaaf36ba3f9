import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/tokens.css';
import '../ui/ui.css';
import '../ui/controls.css';
import '../ui/studio.css';
import '../ui/styles/zoomed.css';
import { UiProvider } from '../ui/provider.tsx';
import { attachHost } from '../host/machine.ts';
import { startInspecting } from '../commands/inspecting.ts';
import { listenForShortcuts } from '../commands/keyboard.ts';
import { startAutosave } from '../commands/autosave.ts';
import { startMeasuring } from '../commands/measure.ts';
import { runCommand } from '../commands/table.ts';
import { openHandles } from '../commands/open-files.ts';
import { findUnsavedWork, tellUnsavedWork } from '../commands/open-project.ts';
import { startNotingRecents } from '../commands/recents.ts';
import { askBeforeUnload } from '../commands/saving.ts';
import { restoreSettings } from '../commands/view.ts';
import { App } from './app.tsx';
import { host } from '../host/machine.ts';
import { startTitling } from './window-title.ts';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root.');

createRoot(root).render(
  <StrictMode>
    <UiProvider>
      <App />
    </UiProvider>
  </StrictMode>,
);

listenForShortcuts(window);
startMeasuring();
startInspecting();
startNotingRecents();
startTitling();
askBeforeUnload(window);

await attachHost((event) => {
  if (event.kind === 'command') runCommand(event.id);
  else void openHandles(event.files);
});
await restoreSettings();
startAutosave();
await findUnsavedWork();
const named = await host()?.launchFiles(null);
if (named && named.length > 0) await openHandles(named);
tellUnsavedWork();
