import { formatsFor } from '../../base/format.ts';
import type { ReportFacts } from './facts.ts';
import { html, type Html } from './html.ts';

type Row = readonly [string, Html | string];
const formats = formatsFor('en');

/** The way from the float network to this one. */
export function historyOf({ source, data, calibration, training }: ReportFacts): readonly Row[] {
  const rows: Row[] = [['Float network', html`${source.fileName ?? source.name}, SHA-256 of graph and weights <code>${source.hash}</code>`]];
  if (data) rows.push(['Data set', html`${data.name}, ${data.classes} classes; preprocessing ${data.preprocess}; content hash <code>${data.hash}</code>`]);
  if (calibration) {
    const kept = calibration.images > 0 ? ` ${formats.count(calibration.images)} of them choose codes and correct batch norms and biases after deployment, where that brings the network nearer to float32.` : ' Nothing is re-estimated after deployment.';
    rows.push(['Calibration', `${formats.count(calibration.samples)} ${calibration.split === 'train' ? 'training' : calibration.split === 'test' ? 'test' : ''} samples; int8 grids of least squared error.${kept}`.replace('  ', ' ')]);
  }
  if (training === null) rows.push(['Training', 'None: precisions were chosen after training.']);
  else if (training === 'unknown') rows.push(['Training', 'Trained with its precisions in place; the recipe was not kept.']);
  else {
    const fields = Object.entries(training.recipe).map(([name, value]) => `${name} ${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`);
    const layers = Object.entries(training.layers ?? {}).map(([name, choice]) => `${name}: ${Object.entries(choice).map(([field, value]) => `${field} ${value}`).join(', ')}`);
    rows.push(['Training', `Trained with its precisions in place, the float network being the teacher; seed ${training.seed}.`], ['Training recipe', fields.join(', ')]);
    if (layers.length > 0) rows.push(['Single layers', layers.join('; ')]);
    if (training.changes && training.changes.length > 0) rows.push(['Changed on the way', training.changes.join('; ')]);
  }
  return rows;
}

/** What stands behind each figure. */
export function methodsOf({ accuracy, data, calibration, speed }: ReportFacts): readonly Row[] {
  const what = accuracy?.measure === 'agreement' ? 'Share of the test samples on which the network answers as its float32 form does; the data has no labels.' : 'Share of right answers';
  const seen = calibration?.split === 'test' ? ` Calibration saw ${formats.count(calibration.samples)} of the same samples, without their labels: there were no training samples.` : '';
  return [
    ['Size', 'Counted from the packed file (.bitw) of this network: graph, codes, scales, thresholds, checksum. Float32 is four bytes a parameter of the float network, without any graph. Bytes of a layer are everything that the file keeps for it, after batch norm is folded in.'],
    accuracy
      ? ['Accuracy', `${what}${accuracy.measure === 'accuracy' ? ` on ${data && accuracy.count < data.testCount ? `the first ${formats.count(accuracy.count)} of ${formats.count(data.testCount)}` : `all ${formats.count(accuracy.count)}`} test samples of ${data?.name ?? 'the data'}` : ''}, by the integer arithmetic that ships. The interval is Wilson’s for 95 %. The mean divergence from float32 is ${formats.scientific(accuracy.divergence)} nats.${seen}`]
      : ['Accuracy', 'Not measured.'],
    speed ? ['Speed', `Median of ${speed.rounds} rounds in which this network and its float32 form take turns. ${speed.environment}.`] : ['Speed', 'Not measured.'],
    ['SQNR', 'Signal to quantisation noise of the weights, 10·log10(Σw² ÷ Σ(w − ŵ)²), the weights with batch norm left out; 120 dB stands for no noise at all.'],
    ['Zeros', 'Share of the codes that are zero.'],
    ['Grids', 'Lines on a histogram are the levels of the layer’s median channel, where there are few enough to draw.'],
  ];
}
