import { SCHEMES } from '../../../../core/schemes/index.ts';
import { choiceOf } from '../../../../core/schemes/layer-facts.ts';
import type { Field, OptionValue } from '../../../../core/quant/fields.ts';
import { chooseOption } from '../../../commands/layers.ts';
import { endGesture } from '../../../state/document.ts';
import type { ActiveNetwork } from '../../../state/select/network.ts';
import { FieldRow, Switch } from '../../../ui/field.tsx';
import { formats } from '../../../ui/format.ts';
import { Select } from '../../../ui/select.tsx';

/** The options of the layer's scheme, straight from the scheme's field table. */
export function OptionsForm({ network, layer }: { readonly network: ActiveNetwork; readonly layer: string }) {
  const { scheme, options } = choiceOf(network.plan, layer);
  const fields = Object.entries(SCHEMES[scheme].options);
  const locked = network.variant.lockedLayers.includes(layer);
  if (fields.length === 0) return null;
  return (
    <div className="sect">
      {fields.map(([name, field]) => (
        <FieldRow key={name} label={field.label}>
          {({ id }) => (
            <OptionControl id={id} field={field} value={options[name]} disabled={locked} onChange={(value) => chooseOption(layer, name, field.label, value)} />
          )}
        </FieldRow>
      ))}
    </div>
  );
}

interface OptionControlProps {
  readonly id: string;
  readonly field: Field;
  readonly value: OptionValue;
  readonly disabled: boolean;
  readonly onChange: (value: OptionValue) => void;
}

function OptionControl({ id, field, value, disabled, onChange }: OptionControlProps) {
  if (field.kind === 'flag') return <Switch id={id} checked={value === true} disabled={disabled} onChange={onChange} />;
  if (field.kind === 'choice') return <Select id={id} value={String(value)} choices={field.choices} disabled={disabled} onChange={onChange} />;
  const decimals = Math.max(0, Math.ceil(-Math.log10(field.step)));
  return (
    <div className="sl" title={field.hint}>
      <input
        id={id}
        type="range"
        min={field.minimum}
        max={field.maximum}
        step={field.step}
        value={Number(value)}
        disabled={disabled}
        onChange={(event) => onChange(Number(event.target.value))}
        onPointerUp={endGesture}
        onKeyUp={endGesture}
        onBlur={endGesture}
      />
      <output htmlFor={id}>{formats.decimal(Number(value), decimals)}</output>
    </div>
  );
}
