import { useState } from 'react';
import { layerTable } from '../../state/select/layers.ts';
import { SCHEMES } from '../../../core/schemes/index.ts';
import { selectByPattern, spreadToPattern } from '../../commands/name-patterns.ts';
import { schemeOf, settableLayers } from '../../state/edits/plan.ts';
import { useProject, useSession } from '../../state/hooks.ts';
import { layersByPattern, suggestedPatterns, type SuggestedPattern } from '../../state/select/name-patterns.ts';
import { activeNetwork, type ActiveNetwork } from '../../state/select/network.ts';
import { sessionStore } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FieldRow, TextInput } from '../../ui/field.tsx';
import { formats } from '../../ui/format.ts';

const close = () => sessionStore.setState({ patternOpen: false });
const layersWord = (count: number): string => `${formats.count(count)} layer${count === 1 ? '' : 's'}`;

/** Layers whose names are alike: set to the rung of the one that has the focus, or selected. */
export function PatternDialog() {
  const project = useProject();
  const focused = useSession((state) => state.focused);
  if (!project) return null;
  const network = activeNetwork(project);
  return <PatternForm network={network} layer={focused !== null && layerTable(network.graph)[focused] ? focused : null} />;
}

function PatternForm({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string | null }) {
  const { graph, plan, project, variant } = network;
  const suggested = layer === null ? [] : suggestedPatterns(graph, layer);
  const [pattern, setPattern] = useState(suggested[0]?.pattern ?? '*');
  const layers = layersByPattern(graph, pattern.trim());
  const scheme = layer === null ? null : schemeOf(plan, layer);
  const settable = scheme === null ? [] : settableLayers(project, variant, layers, scheme);
  const none = layers.length === 0 ? 'No layer has such a name' : null;
  const refused = none ?? (settable.length === 0 ? 'None of these layers can take it' : null);
  const act = (run: (pattern: string) => void) => {
    if (none !== null) return;
    run(pattern.trim());
    close();
  };
  const spread = () => refused === null && act(spreadToPattern);
  const left = layers.length - settable.length;
  const footer = (
    <>
      <Button kind="quiet" onClick={close}>
        Keep as it is
      </Button>
      <Button kind={scheme === null ? 'primary' : 'default'} disabledReason={none} onClick={() => act(selectByPattern)}>
        Select {layersWord(layers.length)}
      </Button>
      {scheme !== null && (
        <Button kind="primary" disabledReason={refused} onClick={spread}>
          Set {formats.count(settable.length)} to {SCHEMES[scheme].name}
        </Button>
      )}
    </>
  );
  return (
    <Dialog open onOpenChange={close} title={layer === null ? 'Layers by name' : `Layers with a name like ${layer}`} footer={footer}>
      <form
        className="stack-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (scheme === null) act(selectByPattern);
          else spread();
        }}
      >
        <FieldRow label="Name" hint="An asterisk stands for anything.">
          {({ id, describedBy }) => <TextInput id={id} value={pattern} describedBy={describedBy} onChange={setPattern} />}
        </FieldRow>
        {suggested.length > 0 && <Suggestions suggested={suggested} chosen={pattern.trim()} onChoose={setPattern} />}
        <p role="status">
          <b>{none ?? `${layersWord(layers.length)} of ${formats.count(Object.keys(layerTable(graph)).length)}`}</b>
          {none === null && `: ${namesText(layers)}`}
          {scheme !== null && none === null && left > 0 && ` ${layersWord(left)} of them: locked, or cannot be ${SCHEMES[scheme].name}.`}
        </p>
      </form>
    </Dialog>
  );
}

interface SuggestionsProps {
  readonly suggested: readonly SuggestedPattern[];
  readonly chosen: string;
  readonly onChoose: (pattern: string) => void;
}

function Suggestions({ suggested, chosen, onChoose }: SuggestionsProps) {
  return (
    <ul className="patterns" aria-label="Patterns of this name">
      {suggested.map(({ pattern, count }) => (
        <li key={pattern}>
          <button type="button" aria-pressed={pattern === chosen} onClick={() => onChoose(pattern)}>
            <span className="trunc">{pattern}</span>
            <span className="num">{layersWord(count)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const SHOWN_NAMES = 4;

function namesText(layers: readonly string[]): string {
  const shown = layers.slice(0, SHOWN_NAMES).join(', ');
  return layers.length > SHOWN_NAMES ? `${shown}, …` : `${shown}.`;
}
