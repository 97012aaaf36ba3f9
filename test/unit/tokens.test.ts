import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The colour rules of the design language, recomputed from the style sheet that the page loads. */
const sheet = readFileSync(new URL('../../renderer/ui/tokens.css', import.meta.url), 'utf8');

type Theme = Readonly<Record<string, string>>;
const themes: { readonly light: Record<string, string>; readonly dark: Record<string, string> } = { light: {}, dark: {} };
for (const [, name, light, dark] of sheet.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) {
  themes.light[name] = light;
  themes.dark[name] = dark;
}

type Triple = readonly [number, number, number];
const linear = (channel: number) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
const rgb = (hex: string) => [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255)) as unknown as Triple;

/** WCAG 2.2 relative luminance and contrast. */
const luminance = (hex: string) => {
  const [r, g, b] = rgb(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string) => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

/** OKLab (Ottosson 2020) of linear sRGB. */
const oklab = ([r, g, b]: Triple): Triple => {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};

/** Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB. */
const SIGHT: Readonly<Record<string, readonly Triple[] | null>> = {
  normal: null,
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seen = (hex: string, sight: string): Triple => {
  const colour = rgb(hex);
  const matrix = SIGHT[sight];
  if (!matrix) return oklab(colour);
  return oklab(matrix.map((row) => Math.min(1, Math.max(0, row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]))) as unknown as Triple);
};

const RUNGS = ['fp32', 'int8', 'int4', 'ternary', 'binary', 'xnor'];
const TEXT = 4.5;
const MARK = 3;

describe.each(Object.entries(themes))('colours of the %s theme', (_, theme: Theme) => {
  const failures = (pairs: Iterable<readonly [string, string]>, least: number) =>
    [...pairs].filter(([a, b]) => !(contrast(theme[a], theme[b]) >= least)).map(([a, b]) => `${a} on ${b}: ${contrast(theme[a], theme[b]).toFixed(2)}`);
  const pairs = (fronts: readonly string[], backs: readonly string[]) => fronts.flatMap((front) => backs.map((back) => [front, back] as const));
  const meanings = ['accent', 'better', 'worse', 'warn'];

  it('are all there', () => expect(Object.keys(theme).length).toBeGreaterThan(50));

  it('let text be read on every surface', () => {
    const surfaces = ['bg-chrome', 'bg-panel', 'bg-raised', 'bg-well', 'bg-hover', 'bg-selected'];
    const inks = ['ink-1', 'ink-2', 'ink-3', ...meanings, ...RUNGS.map((rung) => `p-${rung}-text`)];
    expect(failures(pairs(inks, surfaces), TEXT)).toEqual([]);
    expect(failures(pairs(['ink-1', 'ink-2'], ['bg-active', ...meanings.map((name) => `${name}-soft`)]), TEXT)).toEqual([]);
  });
  it('let text be read on fills and tints', () => {
    const own = meanings.map((name) => [name, `${name}-soft`] as const);
    const primary = [['on-primary', 'primary'], ['on-primary', 'primary-hover'], ['on-accent', 'accent-fill']] as const;
    const rungs = RUNGS.flatMap((rung) => [[`p-${rung}-on`, `p-${rung}`], [`p-${rung}-text`, `p-${rung}-soft`]] as const);
    expect(failures([...own, ...primary, ...rungs], TEXT)).toEqual([]);
  });
  it('let edges, axes and precision fills be seen beside their surface', () => {
    const controls = pairs(['edge', 'accent-fill', 'chart-axis', 'chart-bar', 'chart-ref'], ['bg-chrome', 'bg-panel', 'bg-well']);
    const fills = pairs(RUNGS.map((rung) => `p-${rung}`), ['bg-panel', 'bg-raised', 'bg-well']);
    expect(failures([...controls, ...fills], MARK)).toEqual([]);
  });
  it('make the ladder strictly lighter from FP32 to XNOR', () => {
    const lightness = RUNGS.map((rung) => oklab(rgb(theme[`p-${rung}`]))[0]);
    expect(lightness).toEqual(lightness.toSorted((a, b) => a - b));
    expect(new Set(lightness).size).toBe(RUNGS.length);
  });
  it.each(Object.keys(SIGHT))('keep every two precisions apart for %s sight', (sight) => {
    for (const [index, first] of RUNGS.entries()) {
      for (const second of RUNGS.slice(index + 1)) {
        const [a, b] = [seen(theme[`p-${first}`], sight), seen(theme[`p-${second}`], sight)];
        expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), `${first} and ${second}`).toBeGreaterThanOrEqual(0.059);
      }
    }
  });
});
