import { Check } from 'lucide-react';
import { Select as Base } from '@base-ui/react/select';
import { classes } from './classes.ts';
import { Icon } from './icon.tsx';

export interface SelectChoice<Id extends string> {
  readonly id: Id;
  readonly label: string;
}

export interface SelectProps<Id extends string> {
  readonly id?: string;
  readonly label?: string;
  readonly value: Id;
  readonly choices: readonly SelectChoice<Id>[];
  readonly onChange: (value: Id) => void;
  readonly disabled?: boolean;
}

/** One of a few named choices. */
export function Select<Id extends string>({ id, label, value, choices, onChange, disabled }: SelectProps<Id>) {
  return (
    <Base.Root
      items={choices.map((choice) => ({ value: choice.id, label: choice.label }))}
      value={value}
      disabled={disabled}
      onValueChange={(next) => next !== null && onChange(next)}
      modal={false}
    >
      <Base.Trigger id={id} aria-label={label} className="sel-b">
        <Base.Value className="trunc" />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} collisionPadding={8} alignItemWithTrigger={false} className="float">
          <Base.Popup className="menu sel-list rise">
            {choices.map((choice) => (
              <Base.Item key={choice.id} value={choice.id} className={(state) => classes('sel-item', state.highlighted && 'is-active')}>
                <span className="i">
                  <Base.ItemIndicator>
                    <Icon of={Check} />
                  </Base.ItemIndicator>
                </span>
                <Base.ItemText>{choice.label}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
