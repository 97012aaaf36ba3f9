import { openScreen } from '../commands/view.ts';
import type { Screen } from '../state/session.ts';

const WORKSPACES = [
  { id: 'studio', name: 'Studio' },
  { id: 'analyse', name: 'Analyse' },
  { id: 'train', name: 'Train' },
  { id: 'compare', name: 'Compare' },
  { id: 'export', name: 'Export' },
] as const satisfies readonly { id: Screen; name: string }[];

export function WorkspaceTabs({ screen }: { readonly screen: Screen }) {
  return (
    <nav className="tabs" aria-label="Workspaces">
      {WORKSPACES.map(({ id, name }) => (
        <a
          key={id}
          href={`#${id}`}
          aria-current={id === screen ? 'page' : undefined}
          onClick={(event) => {
            event.preventDefault();
            openScreen(id);
          }}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}
