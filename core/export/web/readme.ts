import { PACKAGE_FILES } from './package-files.generated.ts';
import type { WebFacts } from './write.ts';

/** Signs that mean something in Markdown stay what they are. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#|]/g, (sign) => `\\${sign}`);

export function readmeOf({ name, network, input, output, vectors }: WebFacts): string {
  const { preprocess } = input;
  const list = (values: readonly number[]): string => (values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`);
  const words: Readonly<Record<string, string>> = {
    name: plain(name),
    file: network,
    address: encodeURIComponent(network),
    inputShape: input.shape.join(' × '),
    outputShape: output.shape.join(' × '),
    numbers: preprocess
      ? `\`(pixel * ${list(preprocess.scale)} - ${list(preprocess.mean)}) / ${list(preprocess.deviation)}\` of each pixel 0–255 (preprocessing \`${preprocess.id}\`)`
      : 'preprocessed as in training (how is not known here)',
    labels: output.labels ? ` The ${output.labels.length} classes are in \`output.labels\` of \`network.json\`.` : '',
    count: String(vectors.count),
    from: plain(vectors.from),
    rounding: vectors.exact
      ? 'All arithmetic of the layers is in whole numbers: every build gives the same bits.'
      : "Layers with float32 weights are summed in the order of the build: `loadNetwork(bytes, { build: 'simd' })` gives the same bits everywhere.",
  };
  return PACKAGE_FILES['README.md'].replace(/\{\{(\w+)\}\}/g, (_, word: string) => words[word]);
}
