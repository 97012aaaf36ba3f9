import { SCHEMES, SCHEME_IDS } from '../../../../core/schemes/index.ts';
import { chooseScheme } from '../../../commands/layers.ts';
import { schemeOf } from '../../../state/edits/plan.ts';
import { layerTable } from '../../../state/select/layers.ts';
import { sizeOf, type ActiveNetwork } from '../../../state/select/network.ts';
import { Chip } from '../../../ui/chip.tsx';
import { formats, sizeText } from '../../../ui/format.ts';
import { Ladder } from '../../../ui/ladder.tsx';
import { Section } from './section.tsx';

/** Several layers at once: one mixed ladder, and what they hold together. */
export function SelectionSummary({ network, layers }: { readonly network: ActiveNetwork; readonly layers: readonly string[] }) {
  const table = layerTable(network.graph);
  const { nodes } = sizeOf(network.graph, network.plan);
  const uses = SCHEME_IDS.map((id) => layers.filter((layer) => schemeOf(network.plan, layer) === id).length);
  const parameters = layers.reduce((sum, layer) => sum + table[layer].parameters, 0);
  const bytes = layers.reduce((sum, layer) => sum + (nodes[layer] ?? 0), 0);
  return (
    <>
      <div className="insp-h">
        <h2>{layers.length} layers</h2>
        <p className="u">
          {formats.count(parameters)} params · {sizeText(bytes)}
        </p>
      </div>
      <div className="pane-b scroll" tabIndex={0} role="group" aria-label="Inspector sections">
        <Section title="Precision of all" aside="keys 1–6">
          <Ladder
            label={`Precision of ${layers.length} layers`}
            value={null}
            rungs={SCHEME_IDS.map((scheme, index) => ({
              scheme,
              refusal: layers.every((layer) => table[layer].refusals[scheme] !== null) ? (table[layers[0]].refusals[scheme] ?? '') : null,
              harm: 0,
              forecast: '',
              uses: uses[index],
            }))}
            onChoose={(scheme) => chooseScheme(layers, scheme)}
          />
        </Section>
        <Section title="Now">
          <ul className="stack-1">
            {SCHEME_IDS.map((scheme, index) =>
              uses[index] > 0 ? (
                <li key={scheme} className="row row-between">
                  <Chip scheme={scheme} />
                  <span>
                    {uses[index]} layer{uses[index] === 1 ? '' : 's'}
                    <span className="sr"> at {SCHEMES[scheme].name}</span>
                  </span>
                </li>
              ) : null,
            )}
          </ul>
        </Section>
      </div>
    </>
  );
}
