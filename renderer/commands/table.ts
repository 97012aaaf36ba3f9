import { PREPROCESS, type PreprocessId } from '../../core/data/data-set.ts';
import { SCHEME_IDS, SCHEMES } from '../../core/schemes/index.ts';
import { activityStore } from '../state/activity.ts';
import { applyEdit, documentStore, redo, redoName, undo, undoName } from '../state/document.ts';
import { setPreprocess } from '../state/edits/project.ts';
import { branchVariant } from '../state/edits/variants.ts';
import { savingStore } from '../state/saving.ts';
import { sessionStore, type Screen } from '../state/session.ts';
import { showData } from './checking-data.ts';
import { ALWAYS, type Command } from './command.ts';
import { blockLayers, chooseScheme, current, lockLayers, middleScheme, selectAllLayers, selectedLayers, spreadScheme } from './layers.ts';
import { measureSpeedAgain, measureWholeTestSet } from './measure.ts';
import { toggleAutosave } from './autosave.ts';
import { canTryFixes, tryFixes } from './fixes.ts';
import { canExplainGap, openGap } from './explaining.ts';
import { chooseAndOpen, openSample } from './open-files.ts';
import { saveProject } from './saving.ts';
import { nextTheme, openScreen, setTheme } from './view.ts';

const dialogs = (): boolean => sessionStore.getState().capabilities?.dialogs ?? false;
const needsNetwork = (): true | string => (documentStore.getState().project ? true : 'No network is open');
const needsLayers = (): true | string => (selectedLayers().length > 0 ? true : 'No layer is selected');
const needsData = (): true | string => (documentStore.getState().project?.data ? true : 'No data is open');

const FILE: readonly Command[] = [
  { id: 'open', title: 'Open…', menu: 'File', group: 0, shortcut: 'Mod+O', enabled: ALWAYS, run: () => chooseAndOpen('model', dialogs()) },
  { id: 'open-sample', title: 'Open the offline sample', menu: 'File', group: 0, enabled: ALWAYS, run: openSample },
  { id: 'open-data', title: 'Open data…', menu: 'File', group: 1, shortcut: 'Mod+D', enabled: needsNetwork, run: () => chooseAndOpen('data', dialogs()) },
  { id: 'open-data-folder', title: 'Open data folder…', menu: 'File', group: 1, enabled: needsNetwork, run: () => chooseAndOpen('data-folder', dialogs()) },
  { id: 'save', title: 'Save', menu: 'File', group: 2, shortcut: 'Mod+S', enabled: needsNetwork, run: () => void saveProject() },
  { id: 'save-as', title: 'Save as…', menu: 'File', group: 2, shortcut: 'Mod+Shift+S', enabled: needsNetwork, run: () => void saveProject(true) },
  { id: 'autosave', title: 'Keep unsaved work', menu: 'File', group: 2, enabled: ALWAYS, checked: () => savingStore.getState().autosave, run: toggleAutosave },
  { id: 'report', title: 'Import report…', menu: 'File', group: 3, enabled: needsReport, run: () => sessionStore.setState({ reportOpen: true }) },
  { id: 'data', title: 'Data set…', menu: 'File', group: 3, enabled: needsData, run: showData },
  { id: 'start', title: 'Start page', menu: 'File', group: 3, enabled: ALWAYS, run: () => openScreen('start') },
];

const EDIT: readonly Command[] = [
  {
    id: 'undo',
    title: () => withName('Undo', undoName(documentStore.getState())),
    menu: 'Edit',
    group: 0,
    shortcut: 'Mod+Z',
    enabled: () => (undoName(documentStore.getState()) === null ? 'There is nothing to undo' : true),
    run: undo,
  },
  {
    id: 'redo',
    title: () => withName('Redo', redoName(documentStore.getState())),
    menu: 'Edit',
    group: 0,
    shortcut: 'Mod+Shift+Z',
    enabled: () => (redoName(documentStore.getState()) === null ? 'There is nothing to redo' : true),
    run: redo,
  },
  {
    id: 'history',
    title: 'History…',
    menu: 'Edit',
    group: 0,
    shortcut: 'Mod+Shift+H',
    enabled: needsNetwork,
    run: () => sessionStore.setState({ historyOpen: true }),
  },
  { id: 'select-all', title: 'Select all layers', menu: 'Edit', group: 1, shortcut: 'Mod+A', enabled: inStudio, run: selectAllLayers },
  {
    id: 'branch',
    title: 'New variant from this one',
    menu: 'Edit',
    group: 2,
    shortcut: 'Mod+Shift+N',
    enabled: needsNetwork,
    run: () => void applyEdit('New variant', (project) => branchVariant(project, project.active)),
  },
  { id: 'rename', title: 'Rename this variant…', menu: 'Edit', group: 2, shortcut: 'F2', enabled: needsNetwork, run: () => sessionStore.setState({ renameOpen: true }) },
  { id: 'settings', title: 'Settings…', menu: 'Edit', group: 4, shortcut: 'Mod+,', enabled: ALWAYS, run: () => sessionStore.setState({ settingsOpen: true }) },
  { id: 'budgets', title: 'Set budgets…', menu: 'Edit', group: 3, shortcut: 'Mod+B', enabled: needsNetwork, run: () => sessionStore.setState({ budgetsOpen: true }) },
];

const SCREENS = [
  ['studio', 'Studio'],
  ['analyse', 'Analyse'],
  ['train', 'Train'],
  ['compare', 'Compare'],
  ['export', 'Export'],
] as const satisfies readonly (readonly [Screen, string])[];

const VIEW: readonly Command[] = [
  { id: 'palette', title: 'Commands', menu: 'View', group: 0, shortcut: 'Mod+Shift+P', enabled: ALWAYS, run: () => sessionStore.setState({ paletteOpen: true }) },
  ...SCREENS.map(([screen, name], index) => ({
    id: `go-${screen}`,
    title: `Go to ${name}`,
    menu: 'View' as const,
    group: 1,
    shortcut: `Alt+${index + 1}`,
    enabled: needsNetwork,
    checked: () => sessionStore.getState().screen === screen,
    run: () => openScreen(screen),
  })),
  { id: 'theme-next', title: 'Change theme', hidden: true, shortcut: 'Mod+Shift+L', enabled: ALWAYS, run: nextTheme },
  ...(['system', 'light', 'dark'] as const).map((theme) => ({
    id: `theme-${theme}`,
    title: { system: 'Theme follows the system', light: 'Light theme', dark: 'Dark theme' }[theme],
    menu: 'View' as const,
    group: 2,
    enabled: ALWAYS,
    checked: () => sessionStore.getState().theme === theme,
    run: () => setTheme(theme),
  })),
];

const LAYER: readonly Command[] = [
  ...SCHEME_IDS.map((id) => ({
    id: `set-${id}`,
    scheme: id,
    title: `Set selected layers to ${SCHEMES[id].name}`,
    menu: 'Layer' as const,
    group: 0,
    shortcut: SCHEMES[id].key,
    enabled: () => inStudio() === true ? needsLayers() : inStudio(),
    run: () => chooseScheme(selectedLayers(), id),
  })),
  { id: 'spread-similar', title: 'All like this', menu: 'Layer', group: 1, shortcut: 'Mod+L', enabled: needsLayers, run: () => spreadScheme('similar') },
  { id: 'spread-block', title: 'Whole block like this', menu: 'Layer', group: 1, enabled: needsBlock, run: () => spreadScheme('block') },
  { id: 'spread-all', title: 'Every layer like this', menu: 'Layer', group: 1, enabled: needsLayers, run: () => spreadScheme('all') },
  { id: 'spread-pattern', title: 'Layers with a name like this…', menu: 'Layer', group: 1, enabled: inStudio, run: () => sessionStore.setState({ patternOpen: true }) },
  {
    id: 'lock',
    title: 'Lock or unlock selected layers',
    menu: 'Layer',
    group: 2,
    shortcut: 'L',
    enabled: () => inStudio() === true ? needsLayers() : inStudio(),
    run: () => lockLayers(selectedLayers()),
  },
  { id: 'try-fixes', title: 'Try fixes for the selected layer', menu: 'Layer', group: 3, enabled: canTryFixes, run: tryFixes },
  ...SCHEME_IDS.map((id) => ({
    id: `middle-${id}`,
    scheme: id,
    title: `Set all middle layers to ${SCHEMES[id].name}`,
    hidden: true,
    enabled: needsNetwork,
    run: () => middleScheme(id),
  })),
];

const RUN: readonly Command[] = [
  { id: 'measure-all', title: 'Measure accuracy on the whole test set', menu: 'Run', group: 0, enabled: needsData, run: measureWholeTestSet },
  { id: 'measure-speed', title: 'Measure speed again', menu: 'Run', group: 0, enabled: needsNetwork, run: measureSpeedAgain },
  { id: 'speed-details', title: 'Speed in detail…', menu: 'Run', group: 0, enabled: needsNetwork, run: () => sessionStore.setState({ speedOpen: true }) },
  { id: 'explain-gap', title: 'Explain the gap between two variants…', menu: 'Run', group: 0, enabled: canExplainGap, run: openGap },
  { id: 'train', title: 'Train…', menu: 'Run', group: 1, shortcut: 'Mod+T', enabled: needsNetwork, run: () => openScreen('train') },
  { id: 'export', title: 'Export…', menu: 'Run', group: 1, shortcut: 'Mod+E', enabled: needsNetwork, run: () => openScreen('export') },
];

/** How pixels become the network's input. Opening data chooses what the network was trained with. */
const PREPROCESSING: readonly Command[] = (Object.keys(PREPROCESS) as PreprocessId[]).map((id) => ({
  id: `preprocess-${id}`,
  title: `Show images to the network as: ${PREPROCESS[id].label}`,
  hidden: true,
  enabled: needsData,
  checked: () => documentStore.getState().project?.data?.preprocess === id,
  run: () => void applyEdit(`Images as ${PREPROCESS[id].label}`, (project) => setPreprocess(project, id)),
}));

const HELP: readonly Command[] = [
  { id: 'shortcuts', title: 'Keyboard shortcuts', menu: 'Help', group: 0, shortcut: '?', enabled: ALWAYS, run: () => sessionStore.setState({ shortcutsOpen: true }) },
];

/** Everything a person can ask for, in the order of the menus. */
export const COMMANDS: readonly Command[] = [...FILE, ...EDIT, ...VIEW, ...LAYER, ...RUN, ...PREPROCESSING, ...HELP];

const byId = new Map(COMMANDS.map((command) => [command.id, command]));

export function commandOf(id: string): Command | undefined {
  return byId.get(id);
}

/** Runs a command where it is enabled. Returns whether it ran. */
export function runCommand(id: string): boolean {
  const command = byId.get(id);
  if (!command || command.enabled() !== true) return false;
  void command.run();
  return true;
}

function withName(verb: string, name: string | null): string {
  return name === null ? verb : `${verb}: ${name}`;
}

function inStudio(): true | string {
  return sessionStore.getState().screen === 'studio' ? needsNetwork() : 'The Studio is not open';
}

function needsReport(): true | string {
  const { project } = documentStore.getState();
  if (!project) return 'No network is open';
  return activityStore.getState().reports[project.source.weightsHash] ? true : 'This network was not opened from a file';
}

function needsBlock(): true | string {
  const network = current();
  const { focused } = sessionStore.getState();
  if (!network || focused === null) return 'No layer is selected';
  return blockLayers(network, focused).length > 1 ? true : 'This layer belongs to no block';
}
