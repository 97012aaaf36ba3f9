import { StudioError } from '../../base/errors.ts';
import { isRecord } from '../../base/checks.ts';
import type { Program, Step } from '../../runtime/program.ts';
import type { ExporterWith, ExportFile, Statements } from '../exporter.ts';
import { packedLayout } from '../packed/layout.ts';
import { packedFacts } from '../packed/write.ts';
import { TARGETS } from '../targets.ts';
import { factsOf, type LayerFactsLine, type ReportFacts } from './facts.ts';
import { pageOf } from './page.ts';

function readFacts({ bytes, path }: ExportFile): ReportFacts {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const block = /<script type="application\/json" id="bitwright-report">(.*?)<\/script>/s.exec(text);
  const facts: unknown = block && JSON.parse(block[1]);
  if (!isRecord(facts) || facts['format'] !== 'bitwright-report') throw new StudioError('The report holds no facts.', { where: path });
  if (pageOf(facts as unknown as ReportFacts) !== text) throw new StudioError('The report shows something else than its facts.', { where: path });
  return facts as unknown as ReportFacts;
}

/** What a report says of a layer, beside what the program has. */
function statementsOf(said: LayerFactsLine, step: Extract<Step, { kind: 'layer' }>, bytes: number): Statements {
  const weights = step.parameters.find(({ name }) => name === 'codes' || name === 'kernel')?.count;
  const options = (values: object): string => JSON.stringify(Object.entries(values).toSorted());
  const pairs = [[said.scheme, step.scheme], [options(said.options), options(step.options)], [said.weights, weights], [said.bytes, bytes]] as const;
  return { count: pairs.length, wrong: pairs.filter(([a, b]) => a !== b).length };
}

function check([file]: readonly ExportFile[], program: Program): (node: string) => Statements {
  const facts = readFacts(file);
  const { bytes, sha256 } = packedFacts(program);
  const layout = packedLayout(program.network);
  if (facts.bytes !== bytes.length || facts.sha256 !== sha256 || facts.headerBytes !== layout.headerBytes) {
    throw new StudioError('The report says another size or hash than the packed file has.', { where: file.path });
  }
  const steps = new Map(program.network.steps.flatMap((step) => (step.kind === 'layer' ? [[step.node, step] as const] : [])));
  if (facts.layers.length !== steps.size) throw new StudioError(`The report names ${facts.layers.length} layers and the network has ${steps.size}.`, { where: file.path });
  const lines = new Map(facts.layers.map((line) => [line.name, line]));
  return (node) => {
    const said = lines.get(node);
    return said ? statementsOf(said, steps.get(node)!, layout.nodes[node] ?? 0) : { count: 1, wrong: 1 };
  };
}

export const report: ExporterWith = (context) => ({
  ...TARGETS.report,
  supports: () => [],
  write: (program, name) => {
    // As JSON keeps them: what is shown is what can be read again.
    const facts = JSON.parse(JSON.stringify(factsOf(program, name, context))) as ReportFacts;
    return [{ path: `${name}.html`, bytes: new TextEncoder().encode(pageOf(facts)) }];
  },
  bytesOf: async () => () => 0,
  reader: { kind: 'document', label: 'the written page again: its text is that of the facts in it, and each layer’s precision, options, weights and bytes, the file’s size and its SHA-256 are those of the packed network', check },
});
