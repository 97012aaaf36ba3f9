import type { ChoicesByLayer, LayerChoices } from '../../../core/train/layer-choices.ts';
import type { NodeId } from '../../../core/graph/graph.ts';
import type { SchemeId } from '../../../core/schemes/scheme.ts';
import { Chip } from '../../ui/chip.tsx';
import { CheckBox } from '../../ui/field.tsx';
import { formats } from '../../ui/format.ts';
import { Select } from '../../ui/select.tsx';

export interface LayerRow {
  readonly layer: NodeId;
  readonly scheme: SchemeId;
  /** One-bit codes have no zero. */
  readonly canPrune: boolean;
}

export interface LayerChoicesProps {
  readonly rows: readonly LayerRow[];
  readonly choices: ChoicesByLayer;
  readonly locked: boolean;
  readonly onChange: (layer: NodeId, change: LayerChoices) => void;
}

const AS_RECIPE = { id: 'recipe', label: 'as recipe' };
const SHARES = [0, 0.25, 0.5, 0.75, 0.9];

/** What the run does with single layers: leave one as it is, or prune it otherwise than the rest. */
export function LayerChoicesSection({ rows, choices, locked, onChange }: LayerChoicesProps) {
  return (
    <div className="sect">
      <div className="sect-h">
        <h3>Layers</h3>
        <span className="dim">frozen · pruned</span>
      </div>
      {rows.map(({ layer, scheme, canPrune }) => (
        <div key={layer} className="layer-choice">
          <CheckBox
            label={
              <>
                <span className="sr">Freeze </span>
                <Chip scheme={scheme} short />
                <span className="trunc" title={layer}>
                  {layer}
                </span>
              </>
            }
            checked={choices[layer]?.frozen === true}
            disabled={locked}
            onChange={(frozen) => onChange(layer, { frozen })}
          />
          {canPrune ? (
            <Select
              label={`Pruning of ${layer}`}
              value={idOf(choices[layer]?.sparsity)}
              choices={sharesWith(choices[layer]?.sparsity)}
              disabled={locked}
              onChange={(id) => onChange(layer, { sparsity: id === AS_RECIPE.id ? undefined : Number(id) })}
            />
          ) : (
            <span className="u">has no zeros</span>
          )}
        </div>
      ))}
    </div>
  );
}

const idOf = (sparsity: number | undefined): string => (sparsity === undefined ? AS_RECIPE.id : String(sparsity));

/** A share that a run from the command line had is kept in the list. */
function sharesWith(sparsity: number | undefined): readonly { readonly id: string; readonly label: string }[] {
  const shares = sparsity === undefined || SHARES.includes(sparsity) ? SHARES : [...SHARES, sparsity].toSorted((a, b) => a - b);
  return [AS_RECIPE, ...shares.map((share) => ({ id: String(share), label: formats.percent(share, 0) }))];
}
