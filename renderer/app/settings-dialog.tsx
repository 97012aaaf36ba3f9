import { useEffect, useState } from 'react';
import { Copy } from 'lucide-react';
import { toggleAutosave } from '../commands/autosave.ts';
import { setMeasureUnasked } from '../commands/measure.ts';
import { resetColumns, toggleColumn } from '../commands/table-columns.ts';
import { setTheme } from '../commands/view.ts';
import { COLUMNS } from '../features/studio/layer-table/columns.tsx';
import { readPageFacts, type PageFacts } from '../host/page-facts.ts';
import { useActivity, useProject, useSaving, useSession } from '../state/hooks.ts';
import { activeNetwork } from '../state/select/network.ts';
import { COLUMN_IDS, DEFAULT_COLUMNS } from '../state/select/table-columns.ts';
import { notify, sessionStore } from '../state/session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { CheckBox, FieldRow, Switch } from '../ui/field.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { diagnosticRows, diagnosticText } from './diagnostics.ts';

const close = () => sessionStore.setState({ settingsOpen: false });

const THEME_CHOICES = [
  { id: 'system', label: 'System' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
] as const;

/** What a person sets once; everything else belongs to the project. */
export function SettingsDialog() {
  return (
    <Dialog open onOpenChange={close} title="Settings" footer={<Button onClick={close}>Close</Button>} wide>
      <div className="stack-4">
        <Appearance />
        <Work />
        <Columns />
        <Diagnostics />
      </div>
    </Dialog>
  );
}

function Appearance() {
  const theme = useSession((state) => state.theme);
  const reducesMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return (
    <section aria-label="Appearance">
      <h3 className="report-h">Appearance</h3>
      <div className="f">
        <span>Theme</span>
        <Segmented label="Theme" value={theme} choices={THEME_CHOICES} onChange={setTheme} />
      </div>
      <div className="f">
        <span>Motion</span>
        <span>{reducesMotion ? 'Reduced, as the system asks' : 'Full; reduced where the system asks for it'}</span>
      </div>
    </section>
  );
}

function Work() {
  const autosave = useSaving((state) => state.autosave);
  const measureUnasked = useSession((state) => state.measureUnasked);
  return (
    <section aria-label="Work">
      <h3 className="report-h">Work</h3>
      <FieldRow label="Keep unsaved work" hint="After each edit, so that nothing is lost with the window.">
        {({ id, describedBy }) => <Switch id={id} describedBy={describedBy} checked={autosave} onChange={toggleAutosave} />}
      </FieldRow>
      <FieldRow label="Measure unasked" hint="The whole test set where that is quick, and what each precision costs each layer. An edit’s own size, speed and first accuracy are always measured.">
        {({ id, describedBy }) => <Switch id={id} describedBy={describedBy} checked={measureUnasked} onChange={setMeasureUnasked} />}
      </FieldRow>
    </section>
  );
}

function Columns() {
  const columns = useSession((state) => state.columns);
  return (
    <section aria-label="Columns of the layer table">
      <div className="row row-between">
        <h3 className="report-h">Columns of the layer table</h3>
        <Button size="small" kind="quiet" disabledReason={columns === DEFAULT_COLUMNS ? 'These are the columns at first' : null} onClick={resetColumns}>
          As at first
        </Button>
      </div>
      <div className="set-cols">
        {COLUMN_IDS.map((id) => (
          <CheckBox key={id} label={COLUMNS[id].label} checked={columns.includes(id)} onChange={() => toggleColumn(id)} />
        ))}
      </div>
    </section>
  );
}

function Diagnostics() {
  const [page, setPage] = useState<PageFacts | null>(null);
  const system = useSession((state) => state.system);
  const project = useProject();
  const measured = useActivity((state) => (project ? (state.speeds[activeNetwork(project).key] ?? null) : null));
  useEffect(() => {
    let wanted = true;
    void readPageFacts().then((facts) => wanted && setPage(facts));
    return () => {
      wanted = false;
    };
  }, []);
  const rows = page ? diagnosticRows({ page, system, measured }) : [];
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(diagnosticText(rows));
      notify({ tone: 'better', title: 'The diagnostics are in the clipboard.', body: 'They name no file, network or person.' });
    } catch {
      notify({ tone: 'warn', title: 'The browser did not let the diagnostics into the clipboard.', body: 'Select their text and copy it.' });
    }
  };
  return (
    <section aria-label="Diagnostics" aria-busy={page === null}>
      <div className="row row-between">
        <h3 className="report-h">Diagnostics</h3>
        <Button size="small" icon={Copy} disabledReason={page ? null : 'They are being read'} onClick={() => void copy()}>
          Copy as text
        </Button>
      </div>
      <dl className="diag">
        {rows.map(({ label, text }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
