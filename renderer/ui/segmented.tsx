export interface SegmentedProps<Id extends string> {
  readonly label: string;
  readonly value: Id;
  readonly choices: readonly { readonly id: Id; readonly label: string }[];
  readonly onChange: (value: Id) => void;
}

/** Two to four choices side by side. */
export function Segmented<Id extends string>({ label, value, choices, onChange }: SegmentedProps<Id>) {
  return (
    <span className="seg" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button key={choice.id} type="button" aria-pressed={choice.id === value} onClick={() => onChange(choice.id)}>
          {choice.label}
        </button>
      ))}
    </span>
  );
}
