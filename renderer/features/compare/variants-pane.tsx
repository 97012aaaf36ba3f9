import { GitBranch } from 'lucide-react';
import { Button } from '../../ui/button.tsx';
import { VariantTree, type VariantTreeProps } from './variant-tree.tsx';

export interface VariantsPaneProps extends VariantTreeProps {
  readonly against: string | null;
  readonly onBranch: () => void;
}

export function VariantsPane({ items, onToggle, onOpen, against, onBranch }: VariantsPaneProps) {
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
      {against && (
        <div className="pane-f pad stack-1">
          <b>A against B</b>
          <p className="soft">{against}</p>
        </div>
      )}
    </section>
  );
}
