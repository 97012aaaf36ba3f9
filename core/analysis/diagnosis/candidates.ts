import type { OptionValue } from '../../quant/fields.ts';
import { SCHEME_IDS, SCHEMES } from '../../schemes/index.ts';
import type { LayerChoice, SchemeId } from '../../schemes/scheme.ts';
import { sqnrUnder, type LayerEvidence } from './evidence.ts';

/** Values of a range field that are compared. */
const RANGE_TRIALS = 24;

/** Schemes that this layer can take, from heavy to light. */
function takers({ facts }: LayerEvidence): readonly SchemeId[] {
  return SCHEME_IDS.filter((id) => SCHEMES[id].refusal(facts) === null);
}

/** One rung heavier. */
export function rungUp(evidence: LayerEvidence): readonly LayerChoice[] {
  const fitting = takers(evidence);
  const place = fitting.indexOf(evidence.scheme);
  return place > 0 ? [{ scheme: fitting[place - 1] }] : [];
}

/** The lightest heavier rung with at least so many bits a weight. */
export function atLeastBits(evidence: LayerEvidence, bits: number): readonly LayerChoice[] {
  const fitting = takers(evidence);
  const heavier = fitting.slice(0, Math.max(0, fitting.indexOf(evidence.scheme)));
  const scheme = heavier.findLast((id) => SCHEMES[id].bitsPerWeight >= bits);
  return scheme === undefined ? [] : [{ scheme }];
}

/** As few bits a weight, but inputs of eight bits. */
export function wholeInputs(evidence: LayerEvidence): readonly LayerChoice[] {
  const { bitsPerWeight } = SCHEMES[evidence.scheme];
  const scheme = takers(evidence).find((id) => SCHEMES[id].bitsPerWeight === bitsPerWeight && SCHEMES[id].inputFormat({}) === 'int8');
  return scheme === undefined || evidence.inputFormat !== 'sign' ? [] : [{ scheme }];
}

/** The rung that leaves inputs as they are. */
export function floatInputs(evidence: LayerEvidence): readonly LayerChoice[] {
  const scheme = takers(evidence).find((id) => SCHEMES[id].inputFormat({}) === 'float32');
  return scheme === undefined || evidence.inputFormat === 'float32' ? [] : [{ scheme }];
}

function withOption({ scheme, options }: LayerEvidence, name: string, value: OptionValue): LayerChoice {
  return { scheme, options: { ...options, [name]: value } };
}

/** The value of a range field that leaves the weights' error lowest, or null where that is the present one, within a trial step. */
function bestOfRange(evidence: LayerEvidence, name: string): LayerChoice | null {
  const field = SCHEMES[evidence.scheme].options[name];
  if (field.kind !== 'range') return null;
  const { kernel, channels } = evidence.coded;
  const distance = (field.maximum - field.minimum) / RANGE_TRIALS;
  const present = Number(evidence.options[name]);
  const noise = (value: number): number => sqnrUnder(kernel, channels, evidence.scheme, { ...evidence.options, [name]: value }) ?? 0;
  let best = present;
  let highest = noise(present);
  for (let trial = 0; trial <= RANGE_TRIALS; trial++) {
    const steps = Math.round((trial * distance) / field.step);
    const value = Number((field.minimum + steps * field.step).toPrecision(10));
    const sqnr = noise(value);
    if (sqnr > highest) [best, highest] = [value, sqnr];
  }
  return Math.abs(best - present) < distance ? null : withOption(evidence, name, best);
}

/** Every other value of the scheme's choices and flags, and the best of its ranges: one option changed at a time. */
export function otherOptions(evidence: LayerEvidence): readonly LayerChoice[] {
  return Object.entries(SCHEMES[evidence.scheme].options).flatMap(([name, field]): readonly LayerChoice[] => {
    const present = evidence.options[name];
    if (field.kind === 'flag') return [withOption(evidence, name, present !== true)];
    if (field.kind === 'choice') return field.choices.filter(({ id }) => id !== present).map(({ id }) => withOption(evidence, name, id));
    const best = bestOfRange(evidence, name);
    return best ? [best] : [];
  });
}

interface OptionGain {
  readonly gain: number;
  readonly choices: readonly LayerChoice[];
}

/** Several rules ask for it, and it quantises the layer some dozens of times. */
const gains = new WeakMap<LayerEvidence, OptionGain>();

/** dB that the best of the other options takes off the weights' error. */
export function gainOfOptions(evidence: LayerEvidence): OptionGain {
  const known = gains.get(evidence) ?? measureOptions(evidence);
  gains.set(evidence, known);
  return known;
}

function measureOptions(evidence: LayerEvidence): OptionGain {
  const { kernel, channels } = evidence.coded;
  const present = evidence.picture.sqnr ?? Number.POSITIVE_INFINITY;
  const better = otherOptions(evidence)
    .map((choice) => ({ choice, gain: (sqnrUnder(kernel, channels, choice.scheme, choice.options ?? {}) ?? present) - present }))
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain);
  return { gain: better[0]?.gain ?? 0, choices: better.map(({ choice }) => choice) };
}
