import { GitBranch } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { Menu, type MenuEntry } from '../../ui/menu.tsx';
import { VariantTree, type VariantTreeProps } from './variant-tree.tsx';

export interface VariantsPaneProps extends VariantTreeProps {
  readonly against: string | null;
  /** What explains it most, once that is known. */
  readonly finding: string | null;
  /** Pairs whose gap can be explained. */
  readonly explain: readonly MenuEntry[];
  /** Why none can be now, or null. */
  readonly explainBlocked: string | null;
  readonly onBranch: () => void;
}

export function VariantsPane({ items, onToggle, onOpen, against, finding, explain, explainBlocked, onBranch }: VariantsPaneProps) {
  return (
    <section className="pane" aria-label="Variant tree">
      <div className="pane-h">
        <h2>Variants</h2>
        <span className="u">{items.length}</span>
        <span className="grow" />
        <Button size="small" icon={GitBranch} onClick={onBranch}>
          Branch
        </Button>
      </div>
      <div className="pane-b scroll">
        <VariantTree items={items} onToggle={onToggle} onOpen={onOpen} />
      </div>
      <div className="pane-f pad stack-1">
        <div className="row row-between">
          <b>A against B</b>
          {explainBlocked === null ? (
            <Menu
              entries={explain}
              align="end"
              trigger={
                <Button size="small" opensMenu>
                  Explain the gap
                </Button>
              }
            />
          ) : (
            <Button size="small" disabledReason={`${explainBlocked}.`}>
              Explain the gap
            </Button>
          )}
        </div>
        {(against ?? finding) !== null && (
          <p className="soft">
            {against} {finding}
          </p>
        )}
      </div>
    </section>
  );
}
