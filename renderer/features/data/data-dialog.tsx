import { preprocessRefusal } from '../../../core/data/preprocess.ts';
import { PREPROCESS, type DataSet, type PreprocessId } from '../../../core/data/data-set.ts';
import type { DataReference, Project } from '../../../core/project/schema.ts';
import { checkData } from '../../commands/checking-data.ts';
import { blobs } from '../../state/blobs.ts';
import { applyEdit } from '../../state/document.ts';
import { setPreprocess } from '../../state/edits/project.ts';
import { useActivity, useProject } from '../../state/hooks.ts';
import { dataCheckKey, dataKey } from '../../state/keys.ts';
import { samplePixels } from '../../state/select/sample-pixels.ts';
import { sessionStore } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formats } from '../../ui/format.ts';
import { PixelImage } from '../../ui/pixel-image.tsx';
import { Select } from '../../ui/select.tsx';
import { inputRange } from './input-range.ts';

const close = () => sessionStore.setState({ dataOpen: false });

/** What the data set holds, how the network sees it, and what its checks found. */
export function DataDialog() {
  const project = useProject();
  const data = project?.data && blobs.data(project.data.hash);
  if (!project?.data || !data) return null;
  return (
    <Dialog open onOpenChange={close} title={`Data set ${data.name}`} footer={<Button onClick={close}>Close</Button>} wide>
      <Facts data={data} />
      <Pictures data={data} />
      <Preprocessing project={project} reference={project.data} data={data} />
      <Checks project={project} reference={project.data} />
    </Dialog>
  );
}

function Facts({ data }: { readonly data: DataSet }) {
  const { classes, train, test, shape } = data;
  const rows = [
    ['Samples', `${train ? `${formats.count(train.count)} for training, ` : ''}${formats.count(test.count)} for testing`],
    ['Sample', shape.join('×')],
    ['Classes', test.labels ? `${formats.count(classes.length)}: ${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ' …' : ''}` : 'no labels'],
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

const SHOWN = 10;

function Pictures({ data }: { readonly data: DataSet }) {
  const { test, shape, classes } = data;
  if (shape.length !== 3) return null;
  const picked = Array.from({ length: Math.min(SHOWN, test.count) }, (_, i) => Math.floor((i * test.count) / Math.min(SHOWN, test.count)));
  return (
    <div className="flips">
      {picked.map((sample) => {
        const name = test.labels ? classes[test.labels[sample]] : `sample ${sample + 1}`;
        return (
          <figure key={sample}>
            <PixelImage {...samplePixels(test, shape, sample)} label={name} />
            <figcaption>
              <span className="trunc">{name}</span>
            </figcaption>
          </figure>
        );
      })}
    </div>
  );
}

interface Known {
  readonly project: Project;
  readonly reference: DataReference;
}

/** The choice, what the network answered under each, and the numbers that it gets. */
function Preprocessing({ project, reference, data }: Known & { readonly data: DataSet }) {
  const tried = useActivity((state) => state.triedPreprocess[dataKey(project, reference)]) ?? [];
  const ids = (Object.keys(PREPROCESS) as PreprocessId[]).filter((id) => preprocessRefusal(id, data) === null);
  const choices = ids.map((id) => {
    const known = tried.find((trial) => trial.id === id);
    return { id, label: known ? `${PREPROCESS[id].label}: ${formats.percent(known.accuracy, 1)} right of ${formats.count(known.count)}` : PREPROCESS[id].label };
  });
  const choose = (id: PreprocessId) => {
    applyEdit(`Images as ${PREPROCESS[id].label}`, (current) => setPreprocess(current, id));
    void checkData({ ...project, data: { ...reference, preprocess: id } });
  };
  const { low, high } = inputRange(data, reference.preprocess);
  return (
    <>
      <h3 className="report-h">What the network sees</h3>
      <Select label="Preprocessing" value={reference.preprocess} choices={choices} onChange={choose} />
      <p className="u">
        Numbers from {formats.short(low)} to {formats.short(high)}. {tried.length > 0 && 'Each was tried with the float network on labelled test samples.'}
      </p>
    </>
  );
}

const TONES = {
  good: { mark: '✓', tone: 'better', word: 'in order' },
  warn: { mark: '!', tone: 'warn', word: 'to look at' },
  bad: { mark: '✗', tone: 'worse', word: 'wrong' },
} as const;

function Checks({ project, reference }: Known) {
  const result = useActivity((state) => state.dataChecks[dataCheckKey(project, reference)]);
  return (
    <>
      <h3 className="report-h">Checks</h3>
      {!result && <p className="u">They are running; the status bar says how far.</p>}
      <ul className="stack-1">
        {result?.findings.map(({ check, name, tone, text }) => (
          <li key={check}>
            <b className={TONES[tone].tone}>
              <span aria-hidden="true">{TONES[tone].mark}</span>
              <span className="sr">{TONES[tone].word}:</span> {name}
            </b>{' '}
            {text}
          </li>
        ))}
      </ul>
    </>
  );
}
