/** Options of a scheme or recipe as data: the form, the command line and the validator all read the same rows. */
export type OptionValue = number | string | boolean;
export type OptionValues = Readonly<Record<string, OptionValue>>;

export type Field =
  | {
      readonly kind: 'range';
      readonly label: string;
      readonly hint: string;
      readonly minimum: number;
      readonly maximum: number;
      readonly step: number;
      readonly initial: number;
    }
  | {
      readonly kind: 'choice';
      readonly label: string;
      readonly hint: string;
      readonly choices: readonly { readonly id: string; readonly label: string }[];
      readonly initial: string;
    }
  | { readonly kind: 'flag'; readonly label: string; readonly hint: string; readonly initial: boolean };

export type FieldTable = Readonly<Record<string, Field>>;

export function range(minimum: number, maximum: number, step: number, initial: number, label: string, hint = ''): Field {
  return { kind: 'range', label, hint, minimum, maximum, step, initial };
}

export function choice(choices: readonly { id: string; label: string }[], initial: string, label: string, hint = ''): Field {
  return { kind: 'choice', label, hint, choices, initial };
}

export function flag(initial: boolean, label: string, hint = ''): Field {
  return { kind: 'flag', label, hint, initial };
}

export function initialValues(fields: FieldTable): OptionValues {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.initial]));
}

/** Fills what is missing with the initial values; returns a sentence for the first value that does not fit. */
export function checkValues(fields: FieldTable, values: OptionValues): { values: OptionValues; problem: string | null } {
  let problem: string | null = null;
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    if (!field) problem ??= `There is no option "${name}"; the options are ${Object.keys(fields).join(', ') || 'none'}.`;
    else if (field.kind === 'range') {
      const fits = typeof value === 'number' && value >= field.minimum && value <= field.maximum;
      if (!fits) problem ??= `${field.label} must be a number from ${field.minimum} to ${field.maximum}, not ${value}.`;
    } else if (field.kind === 'choice') {
      if (!field.choices.some((c) => c.id === value)) {
        problem ??= `${field.label} must be one of ${field.choices.map((c) => c.id).join(', ')}, not ${value}.`;
      }
    } else if (typeof value !== 'boolean') problem ??= `${field.label} is on or off, not ${value}.`;
  }
  return { values: { ...initialValues(fields), ...values }, problem };
}
