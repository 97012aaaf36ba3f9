import { File } from 'lucide-react';
import { MISSING } from '../../../core/base/format.ts';
import type { RecentEntry } from '../../../core/host/contract.ts';
import { openHandles } from '../../commands/open-files.ts';
import { runCommand } from '../../commands/table.ts';
import { useSession } from '../../state/hooks.ts';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { TableHead, type TableColumn } from '../../ui/table-head.tsx';
import { openedText, recentView } from './view-model.ts';

const COLUMNS: readonly TableColumn[] = [
  { id: 'name', head: 'File', width: 'col-r1' },
  { id: 'network', head: 'Network', width: 'col-r2 hide-narrow' },
  { id: 'fingerprint', head: 'Fingerprint', width: 'col-r3' },
  { id: 'size', head: 'Size', numeric: true, width: 'col-r4' },
  { id: 'smaller', head: 'Smaller', numeric: true, width: 'col-r5' },
  { id: 'accuracy', head: 'Accuracy', numeric: true, width: 'col-r6' },
  { id: 'opened', head: 'Opened', numeric: true, width: 'col-r7' },
];
const SHOWN = 8;
/** Fingerprint cells that fit the column. */
const CELLS = 11;

export function Recents() {
  const recents = useSession((state) => state.recents).filter((entry) => entry.kind !== 'data');
  return (
    <div>
      <div className="h-sec">
        <h2>Recent</h2>
        <span className="u">{recents.length > 0 ? 'fingerprint: one cell a layer, from first to last' : 'what you open appears here'}</span>
      </div>
      {recents.length > 0 && (
        <table className="tg" aria-label="Recent files">
          <TableHead columns={COLUMNS} />
          <tbody>
            {recents.slice(0, SHOWN).map((entry) => (
              <RecentRow key={entry.handle} entry={entry} />
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function RecentRow({ entry }: { readonly entry: RecentEntry }) {
  const view = recentView(entry);
  return (
    <tr className={entry.exists ? undefined : 'pass'}>
      <td className="c-first">
        <span className="nm">
          <Icon of={File} className="op" />
          {entry.exists ? (
            <button type="button" className="link trunc" onClick={() => void openHandles([entry])}>
              {entry.name}
            </button>
          ) : (
            <span className="trunc">{entry.name}</span>
          )}
        </span>
      </td>
      <td className="soft hide-narrow">{entry.exists ? view.network : 'File moved or deleted'}</td>
      <td>{entry.exists && view.schemes.length > 0 ? <Fingerprint schemes={view.schemes} most={CELLS} /> : <span className="u">{MISSING}</span>}</td>
      <td className="num">{view.size}</td>
      <td className="num">{view.smaller}</td>
      <td className="num" title={view.accuracyInFull}>
        {view.accuracy}
      </td>
      <td className="num c-last soft">
        {entry.exists ? (
          openedText(entry.openedAt, new Date(), formats.locale)
        ) : (
          <button type="button" className="link" onClick={() => runCommand('open')}>
            Locate…
          </button>
        )}
      </td>
    </tr>
  );
}
