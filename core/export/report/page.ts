import { formatsFor, join, MISSING } from '../../base/format.ts';
import { SCHEME_IDS, SCHEMES } from '../../schemes/index.ts';
import type { OptionValues } from '../../quant/fields.ts';
import type { MeasuredAccuracy } from '../context.ts';
import { bytesChart, chip, fingerprint, histogram, sharesBar } from './figures.ts';
import type { LayerFactsLine, ReportFacts } from './facts.ts';
import { Html, html, jsonBlock } from './html.ts';
import { historyOf, methodsOf } from './prose.ts';
import { STYLE } from './style.ts';

/** One language, so that the same network gives the same bytes everywhere. */
const formats = formatsFor('en');
/** Histograms that are drawn: those of the layers with the most bytes. */
const MOST_PICTURES = 24;
const STYLE_BLOCK = new Html(STYLE);

const size = (bytes: number): string => join(formats.size(bytes));
const percent = (share: number, decimals = 1): string => formats.percent(share, decimals);

function meter(label: string, provenance: string, value: Html, lines: readonly (Html | string)[]): Html {
  return html`<div><div class="label"><span>${label}</span><span class="u">${provenance}</span></div><div class="value">${value}</div>${lines.map((line) => html`<div>${line}</div>`)}</div>`;
}

const absent = (label: string, reason: string): Html => meter(label, 'not measured', html`<span class="missing">${MISSING}</span>`, [html`<span class="u">${reason}</span>`]);

function sizeMeter({ floatBytes, bytes, parameters }: ReportFacts): Html {
  const words = formats.ratio(floatBytes / bytes, { above: 'smaller than', below: 'larger than', equal: 'as large as' });
  return meter('Size', 'exact', html`${size(bytes)}`, [
    html`<span class="${bytes < floatBytes ? 'better' : 'none'}">${words}</span> ${size(floatBytes)} in float32`,
    html`<span class="u">${formats.count(bytes)} bytes; ${formats.count(parameters)} parameters</span>`,
  ]);
}

function accuracyMeter({ accuracy, floatAccuracy, data }: ReportFacts): Html {
  if (!accuracy) return absent('Accuracy', data ? 'Not measured for this report.' : 'No data set was at hand.');
  const { value, spread } = formats.accuracy(accuracy.accuracy, accuracy.interval);
  const what = accuracy.measure === 'accuracy' ? 'Accuracy' : 'Agreement with float32';
  const float = accuracy.measure === 'accuracy' && floatAccuracy?.count === accuracy.count ? floatAccuracy : null;
  const change = float && formats.points(accuracy.accuracy - float.accuracy, null);
  return meter(what, 'measured', html`${value} <small>${spread}</small>`, [
    ...(float && change ? [html`<span class="${change.meaning}">${change.arrow} ${change.text}</span> from ${percent(float.accuracy)} in float32`] : []),
    html`<span class="u">${countsText(accuracy)}${data ? html`, test set of ${data.name}` : null}</span>`,
  ]);
}

const countsText = ({ correct, count }: MeasuredAccuracy): string => `${formats.count(correct)} of ${formats.count(count)} samples`;

function speedMeter({ speed }: ReportFacts): Html {
  if (!speed) return absent('Speed', 'Not measured for this report.');
  const { median, lowerQuartile, upperQuartile } = speed.ratio;
  const words = formats.ratio(median, { above: 'faster than', below: 'slower than', equal: 'as fast as' });
  const meaning = words.startsWith('as') ? 'none' : median > 1 ? 'better' : 'worse';
  return meter('Speed', 'measured', html`${join(formats.duration(speed.milliseconds))}`, [
    html`<span class="${meaning}">${words}</span> ${join(formats.duration(speed.floatMilliseconds))} in float32`,
    html`<span class="u">ratio ${formats.decimal(lowerQuartile, 2)} to ${formats.decimal(upperQuartile, 2)} (quartiles of ${speed.rounds} rounds); ${speed.threads === 1 ? '1 thread' : `${speed.threads} threads`}</span>`,
  ]);
}

function precisionsSection(facts: ReportFacts): Html {
  const rows = SCHEME_IDS.map((scheme) => {
    const own = facts.layers.filter((layer) => layer.scheme === scheme);
    return { scheme, layers: own.length, weights: sum(own, ({ weights }) => weights), bytes: sum(own, ({ bytes }) => bytes) };
  }).filter(({ layers }) => layers > 0);
  const rest = facts.bytes - sum(rows, ({ bytes }) => bytes);
  const share = (bytes: number): string => percent(bytes / facts.bytes);
  return html`<section><h2>Where the bytes are</h2>${sharesBar([...rows, { scheme: null, bytes: rest }])}
<table><thead><tr><th scope="col">Precision</th><th class="n" scope="col">Layers</th><th class="n" scope="col">Weights</th><th class="n" scope="col">Bytes</th><th class="n" scope="col">Share</th></tr></thead><tbody>
${rows.map((row) => html`<tr><td class="precision">${chip(row.scheme)}${SCHEMES[row.scheme].name}</td><td class="n">${row.layers}</td><td class="n">${formats.count(row.weights)}</td><td class="n">${formats.count(row.bytes)}</td><td class="n">${share(row.bytes)}</td></tr>\n`)}
<tr><td>Graph, operators between layers, checksum</td><td class="n"></td><td class="n"></td><td class="n">${formats.count(rest)}</td><td class="n">${share(rest)}</td></tr></tbody>
<tfoot><tr><td>Packed file</td><td class="n">${facts.layers.length}</td><td class="n">${formats.count(sum(facts.layers, ({ weights }) => weights))}</td><td class="n">${formats.count(facts.bytes)}</td><td class="n">${percent(1)}</td></tr></tfoot></table></section>`;
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);

function optionsText(options: OptionValues): string {
  return Object.entries(options).map(([name, value]) => `${name} ${typeof value === 'boolean' ? (value ? 'on' : 'off') : value}`).join(', ') || MISSING;
}

function layersSection(facts: ReportFacts): Html {
  const timings = new Map(facts.speed?.layers.map((row) => [row.layer, row]));
  const timed = timings.size > 0;
  const row = ({ name, op, kernel, scheme, options, weights, floatBytes, bytes, picture }: LayerFactsLine, index: number): Html => {
    const timing = timings.get(name);
    return html`<tr><td class="n">${index + 1}</td><td class="name">${name}</td><td>${op}<br><span class="u">${kernel.join(' × ')}</span></td><td class="precision">${chip(scheme)}${SCHEMES[scheme].name}</td><td>${optionsText(options)}</td><td class="n">${formats.count(weights)}</td><td class="n">${formats.count(bytes)}</td><td class="n">${bytes > 0 ? `${formats.decimal(floatBytes / bytes, 1)}×` : MISSING}</td><td class="n">${picture.sqnr === null ? MISSING : formats.decibels(picture.sqnr)}</td><td class="n">${picture.zeroShare > 0 ? percent(picture.zeroShare) : MISSING}</td>${timed ? html`<td class="n">${timing ? join(formats.duration(timing.milliseconds)) : MISSING}<br><span class="u">${timing ? join(formats.duration(timing.floatMilliseconds)) : null}</span></td>` : null}</tr>\n`;
  };
  return html`<section><h2>Layer by layer</h2>${bytesChart(facts.layers, (bytes) => (bytes === 0 ? '0' : size(bytes)))}
<div class="scroll"><table><thead><tr><th class="n" scope="col">#</th><th scope="col">Layer</th><th scope="col">Operator, kernel</th><th scope="col">Precision</th><th scope="col">Options</th><th class="n" scope="col">Weights</th><th class="n" scope="col">Bytes</th><th class="n" scope="col">Smaller</th><th class="n" scope="col">SQNR, dB</th><th class="n" scope="col">Zeros</th>${timed ? html`<th class="n" scope="col">Time, float32 below</th>` : null}</tr></thead><tbody>
${facts.layers.map(row)}</tbody></table></div></section>`;
}

function picturesSection({ layers }: ReportFacts): Html {
  const shown = new Set(layers.toSorted((a, b) => b.bytes - a.bytes).slice(0, MOST_PICTURES));
  const note = layers.length > MOST_PICTURES ? html`<p class="u">The ${MOST_PICTURES} layers with the most bytes, of ${layers.length}.</p>` : null;
  const figures = layers.filter((layer) => shown.has(layer)).map((layer) => {
    const { low, high } = layer.picture.weights;
    const noise = layer.picture.sqnr === null ? SCHEMES[layer.scheme].name : `SQNR ${formats.decibels(layer.picture.sqnr)} dB`;
    return html`<figure><figcaption>${chip(layer.scheme)}<b>${layer.name}</b></figcaption>${histogram(layer)}<div class="u"><span>${formats.short(low)}</span><span>${noise}</span><span>${formats.short(high)}</span></div></figure>\n`;
  });
  return html`<section><h2>Weights and their grids</h2>${note}<div class="pictures">${figures}</div></section>`;
}

const list = (rows: readonly (readonly [string, Html | string])[]): Html => html`<dl>${rows.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>\n`)}</dl>`;

/** The page of the facts; the same facts give the same bytes. */
export function pageOf(facts: ReportFacts): string {
  const { source, input, output, layers, command } = facts;
  const body = html`<main>
<header><p class="kind">Compression report</p><h1>${facts.name}</h1><p>${source.name}${source.fileName ? html`, from ${source.fileName}` : null} · ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'} · input ${input.join(' × ')}, output ${output.join(' × ')}</p>${fingerprint(layers)}</header>
<div class="meters">${sizeMeter(facts)}${accuracyMeter(facts)}${speedMeter(facts)}</div>
${precisionsSection(facts)}
${layersSection(facts)}
${picturesSection(facts)}
<section><h2>How it was made</h2>${list(historyOf(facts))}${command ? html`<pre><code>${command.split(' ').map((word) => html`<span>${word}</span> `)}</code></pre>` : null}</section>
<section><h2>How each number was measured</h2>${list(methodsOf(facts))}</section>
<footer>Made by Bitwright. Packed file: SHA-256 <code>${facts.sha256}</code></footer>
</main>`;
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${facts.name}: compression report</title>
<style>${STYLE_BLOCK}</style>
${body}
<script type="application/json" id="bitwright-report">${jsonBlock(facts)}</script>
</html>
`.text;
}
