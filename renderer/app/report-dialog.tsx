import { SCHEMES, SCHEME_IDS } from '../../core/schemes/index.ts';
import type { ImportReport } from '../../core/jobs/contract.ts';
import { useActivity, useProject, useSession } from '../state/hooks.ts';
import { layerTable } from '../state/select/layers.ts';
import { sessionStore } from '../state/session.ts';
import type { Project } from '../../core/project/schema.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { formats, largeCount, shapeText, sizeText } from '../ui/format.ts';

const close = () => sessionStore.setState({ reportOpen: false });

/** What was found when the network was opened. */
export function ReportDialog() {
  const open = useSession((state) => state.reportOpen);
  const project = useProject();
  const report = useActivity((state) => (project ? state.reports[project.source.weightsHash] : undefined));
  if (!open || !project || !report) return null;
  return (
    <Dialog open onOpenChange={close} title={`Import report of ${project.source.fileName}`} footer={<Button onClick={close}>Close</Button>} wide>
      <Facts project={project} report={report} />
      <Rungs project={project} />
      <List title="Folded or rewritten on the way in" items={report.folds} none="Nothing." />
      <List title="Kept but not run" items={report.unknown.map(({ node, op }) => `${node}: ${op}`)} none="Nothing." />
    </Dialog>
  );
}

function Facts({ project, report }: { readonly project: Project; readonly report: ImportReport }) {
  const rows = [
    ['Format', report.format],
    ['Input', project.source.graph.inputs.map((input) => shapeText(input.shape)).join(', ')],
    ['Layers that take a precision', formats.count(report.layers)],
    ['Parameters', formats.count(report.parameters)],
    ['As FP32', sizeText(report.floatBytes)],
    ['Multiply-accumulates an inference', largeCount(report.multiplyAccumulates)],
    ['Runs', report.runs === true ? 'yes, a forward pass on zeros is finite' : report.runs],
  ] as const;
  return (
    <dl className="kv report-kv">
      {rows.map(([name, value]) => (
        <div key={name} className="report-row">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How many layers can take each rung, and why the others cannot. */
function Rungs({ project }: { readonly project: Project }) {
  const layers = Object.values(layerTable(project.source.graph));
  return (
    <>
      <h3 className="report-h">Layers that can take each rung</h3>
      <ul className="stack-1">
        {SCHEME_IDS.map((id) => {
          const refused = layers.filter((layer) => layer.refusals[id] !== null);
          return (
            <li key={id} className="row row-3">
              <span className="report-chip">
                <Chip scheme={id} />
              </span>
              <span>
                {formats.count(layers.length - refused.length)} of {formats.count(layers.length)}
                {refused.length > 0 && (
                  <span className="u">
                    {' '}
                    · not {refused.slice(0, 3).map((layer) => layer.id).join(', ')}
                    {refused.length > 3 ? ` and ${refused.length - 3} more` : ''}: {refused[0].refusals[id]}
                  </span>
                )}
                <span className="sr"> at {SCHEMES[id].name}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function List({ title, items, none }: { readonly title: string; readonly items: readonly string[]; readonly none: string }) {
  return (
    <>
      <h3 className="report-h">{title}</h3>
      {items.length === 0 ? (
        <p className="u">{none}</p>
      ) : (
        <ul>
          {[...new Set(items)].slice(0, 40).map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      )}
    </>
  );
}
