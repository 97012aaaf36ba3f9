import { layersOf, type Graph, type LayerNode, type NodeId } from '../../graph/graph.ts';
import { initialValues } from '../../quant/fields.ts';
import { SCHEME_IDS, SCHEMES } from '../../schemes/index.ts';
import { refusalsOf } from '../../schemes/layer-facts.ts';
import type { LayerChoice, Plan, SchemeId } from '../../schemes/scheme.ts';
import type { Item, Option, Problem } from './problem.ts';
import { tiedLayers } from './ties.ts';

/** Something that a plan spends, as a number that grows with it. */
export interface Resource {
  /** Of a whole plan; exact. */
  readonly spend: (plan: Plan) => number;
}

export interface NetworkProblemInputs {
  readonly graph: Graph;
  /** Predicted loss of a layer at a scheme, in nats, not below 0; null where it is not known, and then the scheme is not chosen. */
  readonly loss: (layer: NodeId, scheme: SchemeId) => number | null;
  /** Layers that keep their choice. */
  readonly locked: Plan;
  readonly resources: readonly Resource[];
  /** Layers whose results meet in an add get the same precision. */
  readonly tied: boolean;
}

export interface NetworkProblem {
  readonly problem: Problem;
  planOf(options: readonly number[]): Plan;
}

interface Group {
  readonly layers: readonly NodeId[];
  readonly choices: readonly { readonly choice: LayerChoice; readonly loss: number }[];
}

function groupsOf({ graph, loss, locked, tied }: NetworkProblemInputs): readonly Group[] {
  const nodes = new Map(layersOf(graph).map((node): [NodeId, LayerNode] => [node.id, node]));
  const open = (tied ? tiedLayers(graph) : [...nodes.keys()].map((id) => [id])).flatMap((layers) => [layers.filter((id) => !locked[id]), ...layers.filter((id) => locked[id]).map((id) => [id])]);
  return open
    .filter((layers) => layers.length > 0)
    .map((layers): Group => {
      const fixed = locked[layers[0]];
      if (fixed) return { layers, choices: [{ choice: fixed, loss: loss(layers[0], fixed.scheme) ?? 0 }] };
      const choices = SCHEME_IDS.flatMap((scheme) => {
        const losses = layers.map((id) => (refusalsOf(graph, nodes.get(id) as LayerNode)[scheme] === null ? loss(id, scheme) : null));
        return losses.includes(null) ? [] : [{ choice: { scheme }, loss: losses.reduce<number>((sum, value) => sum + (value ?? 0), 0) }];
      });
      return { layers, choices };
    })
    .toSorted((a, b) => order(graph, a) - order(graph, b));
}

function order(graph: Graph, { layers }: Group): number {
  return graph.nodes.findIndex((node) => layers.includes(node.id));
}

/** Precisions whose layers look alike to their neighbours: the same input format, and codes or float32. */
function kindName({ scheme, options }: LayerChoice): string {
  const row = SCHEMES[scheme];
  return `${row.inputFormat({ ...initialValues(row.options), ...options })} ${row.weights === null}`;
}

/**
 * The problem of a network: what each precision of each layer costs, found by asking what whole plans spend. Layers act on their
 * neighbours through the format that they read: what two consecutive layers cost together beyond what they do apart is measured for
 * every two kinds and counted where they meet. In a chain the sum is exact; where values branch, plans are checked afterwards.
 */
export function networkProblem(inputs: NetworkProblemInputs): NetworkProblem {
  const groups = groupsOf(inputs);
  const kinds = [...new Set(groups.flatMap(({ choices }) => choices.map(({ choice }) => kindName(choice))))];
  const kindOf = (choice: LayerChoice): number => kinds.indexOf(kindName(choice));
  const [common] = ['int8 false', ...kinds].filter((kind) => kinds.includes(kind));
  /** Int8 where it can be had: the form that most plans stay near. */
  const baseOf = ({ choices }: Group): LayerChoice => (choices.find(({ choice }) => kindName(choice) === common) ?? choices[0]).choice;
  const set = (plan: Plan, { layers }: Group, choice: LayerChoice): Plan => ({ ...plan, ...Object.fromEntries(layers.map((id) => [id, choice])) });
  const base = groups.reduce<Plan>((plan, group) => set(plan, group, baseOf(group)), {});
  const spend = (plan: Plan): readonly number[] => inputs.resources.map((resource) => resource.spend(plan));
  const fixed = spend(base);
  const minus = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((value, r) => value - b[r]);
  const nothing = fixed.map(() => 0);
  const options = groups.map((group): readonly Option[] =>
    group.choices.map(({ choice, loss }) => ({ loss, costs: choice === baseOf(group) ? nothing : minus(spend(set(base, group, choice)), fixed), kind: kindOf(choice) })),
  );
  const after = (index: number): Item['after'] =>
    kinds.map((_, before) =>
      kinds.map((__, kind) => {
        const [previous, group] = [groups[index - 1], groups[index]];
        const pick = (at: Group): number => at.choices.findIndex(({ choice }) => kindOf(choice) === (at === previous ? before : kind));
        const [a, b] = [pick(previous), pick(group)];
        const apart = a < 0 || b < 0 || kindOf(baseOf(previous)) === before || kindOf(baseOf(group)) === kind;
        if (apart) return nothing;
        const together = minus(spend(set(set(base, previous, previous.choices[a].choice), group, group.choices[b].choice)), fixed);
        return minus(minus(together, options[index - 1][a].costs), options[index][b].costs);
      }),
    );
  return {
    problem: { items: options.map((all, index) => ({ options: all, after: index === 0 ? [] : after(index) })), kinds: kinds.length, fixed },
    planOf: (chosen) => groups.reduce<Plan>((plan, group, i) => set(plan, group, group.choices[chosen[i]].choice), {}),
  };
}
