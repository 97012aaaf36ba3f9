import { useEffect, useRef } from 'react';
import { Lock } from 'lucide-react';
import type { OptionValue, OptionValues } from '../../../core/quant/fields.ts';
import { Button } from '../../ui/button.tsx';
import { CheckBox, FieldRow } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { NumberInput } from '../../ui/number-input.tsx';
import { Select } from '../../ui/select.tsx';
import { LayerChoicesSection, type LayerChoicesProps } from './layer-choices.tsx';
import type { RecipeEntry, RecipeSection } from './recipe-sections.ts';

export interface RecipeFormProps {
  readonly sections: readonly RecipeSection[];
  readonly values: OptionValues;
  readonly seed: number;
  /** `running`: a run uses these values. `paused`: it goes on with them, except for what it cannot change any more. */
  readonly lock: 'none' | 'running' | 'paused';
  readonly mayChange: (field: string) => boolean;
  /** Field that takes the keyboard when this names it. */
  readonly focusOn: string | null;
  readonly onChange: (name: string, value: OptionValue) => void;
  readonly onSeed: (seed: number) => void;
  readonly layers: Omit<LayerChoicesProps, 'locked'>;
  /** Null while every value is the recipe's own. */
  readonly onReset: (() => void) | null;
}

const LARGEST_SEED = 2 ** 31 - 1;

/** Every field of the trainer's table, in sections. Nothing here knows what a field means. */
export function RecipeForm({ sections, values, seed, lock, mayChange, focusOn, onChange, onSeed, layers, onReset }: RecipeFormProps) {
  const locked = lock === 'running';
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (focusOn !== null) pane.current?.querySelector<HTMLInputElement>(`[data-field="${focusOn}"] input`)?.focus();
  }, [focusOn]);
  return (
    <section ref={pane} className="pane" aria-label="Recipe">
      <div className="pane-h">
        <h2>Recipe</h2>
        <span className="grow" />
        {locked && (
          <span className="tag">
            <Icon of={Lock} size={12} />
            locked while running
          </span>
        )}
        {lock === 'none' && onReset && (
          <Button kind="quiet" size="small" onClick={onReset}>
            Reset
          </Button>
        )}
      </div>
      <div className="pane-b scroll" tabIndex={0} role="group" aria-label="Recipe fields">
        {sections.map((section) => (
          <div key={section.title} className="sect">
            <div className="sect-h">
              <h3>{section.title}</h3>
              {section.note && <span className="dim">{section.note}</span>}
            </div>
            {section.fields.map((entry) => (
              <div key={entry.name} data-field={entry.name}>
                <RecipeField entry={entry} value={values[entry.name] ?? entry.field.initial} locked={locked || (lock === 'paused' && !mayChange(entry.name))} onChange={(value) => onChange(entry.name, value)} />
              </div>
            ))}
          </div>
        ))}
        <LayerChoicesSection {...layers} locked={locked} />
        <div className="sect">
          <div className="sect-h">
            <h3>Repeatability</h3>
          </div>
          <FieldRow label="Seed" hint="The same seed gives the same run">
            {({ id, describedBy }) => <NumberInput id={id} describedBy={describedBy} value={seed} minimum={0} maximum={LARGEST_SEED} step={1} disabled={lock !== 'none'} onChange={(value) => onSeed(Math.round(value))} />}
          </FieldRow>
        </div>
      </div>
    </section>
  );
}

interface RecipeFieldProps {
  readonly entry: RecipeEntry;
  readonly value: OptionValue;
  readonly locked: boolean;
  readonly onChange: (value: OptionValue) => void;
}

function RecipeField({ entry, value, locked, onChange }: RecipeFieldProps) {
  const { field, unit, note, help } = entry;
  if (field.kind === 'flag') {
    return (
      <div className="recipe-flag">
        <CheckBox label={field.label} checked={value === true} disabled={locked} onChange={onChange} />
        {(note || help) && <div className="f-note">{note || help}</div>}
      </div>
    );
  }
  return (
    <FieldRow label={field.label} hint={note} help={help}>
      {({ id, describedBy }) =>
        field.kind === 'choice' ? (
          <Select id={id} label={field.label} value={String(value)} choices={field.choices} disabled={locked} onChange={onChange} />
        ) : (
          <NumberInput id={id} describedBy={describedBy} value={Number(value)} minimum={field.minimum} maximum={field.maximum} step={field.step} unit={unit} disabled={locked} onChange={onChange} />
        )
      }
    </FieldRow>
  );
}
