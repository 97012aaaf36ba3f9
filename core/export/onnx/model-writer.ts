import { nodePart, tensorOf, tensorPart, type AttributeValue, type ElementType, type OnnxNode, type OnnxTensor } from './messages.ts';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Collects nodes and constants; every name is used once, and what a step takes is counted to the byte. */
export class ModelWriter {
  readonly constants = new Map<string, OnnxTensor>();
  private readonly written: OnnxNode[] = [];
  private readonly names = new Set<string>();
  private readonly shared = new Map<string, string>();
  /** Graph node that nodes and constants are written for. */
  private owner = '';
  private readonly owners = new Map<string, { readonly nodes: OnnxNode[]; readonly constants: string[] }>();

  get nodes(): readonly OnnxNode[] {
    return this.written;
  }

  beginStep(node: string): void {
    this.owner = node;
    if (!this.owners.has(node)) this.owners.set(node, { nodes: [], constants: [] });
  }

  /** A name that nothing else has. */
  claim(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.names.has(name); i++) name = `${wanted}/${i}`;
    this.names.add(name);
    return name;
  }

  private append(node: OnnxNode): string {
    this.written.push(node);
    this.owners.get(this.owner)?.nodes.push(node);
    return node.output;
  }

  /** The node that computes what the graph's own node does, under its name. Gives the name of its result. */
  main(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const isFirst = !this.written.some(({ name }) => name === this.owner);
    if (!isFirst) return this.helper(op, inputs, attributes);
    return this.append({ name: this.owner, op, inputs, output: this.claim(`${this.owner}/${op}`), attributes });
  }

  /** A node beside the main one. */
  helper(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.claim(`${this.owner}/${op}`);
    return this.append({ name, op, inputs, output: name, attributes });
  }

  /** A node whose operator is defined outside of ONNX. */
  custom(domain: string, op: string, inputs: readonly string[], attributes: Attributes): string {
    const name = this.claim(`${this.owner}/${op}`);
    return this.append({ name, op, inputs, output: name, attributes, domain });
  }

  constant(role: string, type: ElementType, dims: readonly number[], values: ArrayLike<number>): string {
    const name = this.claim(`${this.owner}/${role}`);
    this.constants.set(name, tensorOf(type, dims, values));
    this.owners.get(this.owner)?.constants.push(name);
    return name;
  }

  /** One number; the same number is stored once. */
  scalar(type: ElementType, value: number): string {
    const key = `${type} ${Object.is(value, -0) ? '-0' : value}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = this.claim(key);
    this.constants.set(name, tensorOf(type, [], [value]));
    this.shared.set(key, name);
    return name;
  }

  /** Gives the value that a step ends with its final name; a value that no node of the step makes is copied. */
  finish(value: string, name: string): void {
    const last = this.written.at(-1);
    if (last?.output !== value || !this.owners.get(this.owner)?.nodes.includes(last)) {
      this.append({ name: this.claim(`${this.owner}/Identity`), op: 'Identity', inputs: [value], output: name, attributes: {} });
      return;
    }
    const renamed = { ...last, output: name };
    this.written[this.written.length - 1] = renamed;
    const own = this.owners.get(this.owner)!.nodes;
    own[own.length - 1] = renamed;
  }

  /** Bytes in the file of everything written for a graph node. */
  bytesOf(node: string): number {
    const own = this.owners.get(node);
    if (!own) return 0;
    const nodes = own.nodes.reduce((sum, item) => sum + nodePart(item).length, 0);
    return own.constants.reduce((sum, name) => sum + tensorPart(name, this.constants.get(name)!).length, nodes);
  }
}
