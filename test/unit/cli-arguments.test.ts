import { describe, expect, it } from 'vitest';
import { helpOf, parseArguments, usageOf } from '../../electron/cli/arguments.ts';
import type { CommandWords } from '../../electron/cli/arguments.ts';
import { COMMANDS, runCommandLine } from '../../electron/cli/main.ts';
import { createProgress, progressLine, table } from '../../electron/cli/terminal.ts';
import type { Terminal } from '../../electron/cli/terminal.ts';

const words: CommandWords = {
  name: 'bake',
  summary: 'Bakes.',
  positionals: ['BREAD'],
  options: {
    heat: { value: 'N', help: 'Degrees.', minimum: 1 },
    flour: { value: 'ID', help: 'Kind of flour', choices: ['rye', 'spelt'], required: true },
    recipe: { value: 'FILE', help: 'A recipe.' },
    book: { value: 'FILE', help: 'A book.' },
    json: { value: null, help: 'As JSON.' },
  },
  oneOf: { options: ['recipe', 'book'], required: false },
  examples: [],
};

describe('the parser', () => {
  it('reads values after a space or an equals sign, switches, and what stands without a dash, in any order', () => {
    const args = parseArguments(words, ['--flour', 'rye', 'loaf', '--heat=200', '--json']);
    expect([args.positionals, args.text('flour'), args.number('heat', 0), args.flag('json'), args.text('book')]).toEqual([['loaf'], 'rye', 200, true, null]);
    expect(parseArguments(words, ['--flour', 'rye', '--', '--odd-name']).positionals).toEqual(['--odd-name']);
    expect(parseArguments(words, ['--flour', 'rye', 'x']).number('heat', 7)).toBe(7);
  });

  it.each<[readonly string[], string]>([
    [['loaf'], 'bake needs --flour ID.'],
    [['--flour', 'rye'], 'bake needs BREAD.'],
    [['--flour', 'rye', 'a', 'b'], 'bake does not know what to do with "b".'],
    [['loaf', '--flour', 'maize'], '--flour is one of rye, spelt, not "maize".'],
    [['loaf', '--flour'], '--flour needs a value: --flour ID.'],
    [['loaf', '--flour', '--json'], '--flour needs a value: --flour ID.'],
    [['loaf', '--flour', 'rye', '--heat', '0'], '--heat is a whole number from 1 up, not "0".'],
    [['loaf', '--flour', 'rye', '--heat', '1e3'], '--heat is a whole number from 1 up, not "1e3".'],
    [['loaf', '--flour', 'rye', '--flour', 'rye'], '--flour is given twice.'],
    [['loaf', '--flour', 'rye', '--json=yes'], '--json is a switch and takes no value.'],
    [['loaf', '--flour', 'rye', '--hat'], 'bake does not know --hat; it knows --heat, --flour, --recipe, --book, --json.'],
    [['loaf', '-f', 'rye'], 'bake does not know -f; it knows --heat, --flour, --recipe, --book, --json.'],
    [['loaf', '--flour', 'rye', '--constructor', 'x'], 'bake does not know --constructor; it knows --heat, --flour, --recipe, --book, --json.'],
    [['loaf', '--flour', 'rye', '--recipe', 'a', '--book', 'b'], 'Only one of --recipe and --book can be given.'],
  ])('%j: %s', (argv, sentence) => {
    expect(() => parseArguments(words, argv)).toThrow(sentence);
  });

  it('reads an option that may stand alone as a switch, and takes its value only where no positional is meant', () => {
    const optional: CommandWords = { ...words, options: { ...words.options, json: { value: 'FILE', optional: true, help: 'As JSON.' } } };
    const read = (...argv: readonly string[]) => {
      const args = parseArguments(optional, ['--flour', 'rye', ...argv]);
      return [args.positionals[0], args.flag('json'), args.text('json')];
    };
    expect(read('loaf', '--json')).toEqual(['loaf', true, null]);
    expect(read('--json', 'loaf')).toEqual(['loaf', true, null]);
    expect(read('loaf', '--json', '--heat', '2')).toEqual(['loaf', true, null]);
    expect(read('loaf', '--json', 'out.json')).toEqual(['loaf', false, 'out.json']);
    expect(read('--json=out.json', 'loaf')).toEqual(['loaf', false, 'out.json']);
    expect(read('loaf')).toEqual(['loaf', false, null]);
    expect(usageOf(optional)).toContain('[--json [FILE]]');
  });

  it('writes usage and help from the same rows', () => {
    expect(usageOf(words)).toBe('bitwright bake BREAD [--heat N] --flour ID [--recipe FILE] [--book FILE] [--json]');
    for (const name of Object.keys(words.options)) expect(helpOf(words)).toContain(`--${name}`);
    expect(helpOf(words)).toContain('(rye, spelt)');
  });
});

async function run(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    print: (text) => void (out += `${text}\n`),
    say: (text) => void (err += `${text}\n`),
    progress: { show: () => {}, clear: () => {} },
    signal: new AbortController().signal,
  };
  return { code: await runCommandLine(argv, terminal), out, err };
}

describe('bitwright', () => {
  it('has the commands and words that were promised', () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual(['inspect', 'evaluate', 'quantize', 'search', 'train', 'bench', 'export', 'replay', 'serve']);
    const promised: Record<string, readonly string[]> = {
      inspect: ['json'],
      evaluate: ['data', 'preprocess', 'limit', 'json'],
      quantize: ['scheme', 'plan', 'data', 'out'],
      search: ['data', 'budget-kb', 'budget-ms', 'floor-accuracy', 'out', 'json'],
      train: ['scheme', 'plan', 'data', 'epochs', 'seed', 'out'],
      bench: ['json'],
      export: ['scheme', 'plan', 'data', 'target', 'out', 'measure', 'prove'],
      replay: ['model', 'data', 'out', 'json'],
      serve: [],
    };
    for (const { name, options } of COMMANDS) expect(Object.keys(options), name).toEqual(expect.arrayContaining([...promised[name]!]));
    expect(COMMANDS.find(({ name }) => name === 'evaluate')!.options['preprocess']!.choices).toEqual(['raw', 'unit', 'signed', 'imagenet', 'cifar', 'mnist', 'int8', 'divided-signed', 'divided-imagenet']);
  });

  it('says what it can do, with exit code 0 when asked and 2 when called with nothing', async () => {
    const asked = await run(['--help']);
    expect([asked.code, asked.err]).toEqual([0, '']);
    for (const { name } of COMMANDS) expect(asked.out).toContain(name);
    const bare = await run([]);
    expect([bare.code, bare.out]).toEqual([2, '']);
    for (const { name } of COMMANDS) expect((await run([name, '--help'])).code, name).toBe(0);
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('leaves with 2 for wrong words and 1 for what failed, each with a sentence', async () => {
    const wrong = await run(['evalute']);
    expect([wrong.code, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toContain('does not know "evalute"');
    const unknown = await run(['inspect', 'a', '--yaml']);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('Usage: bitwright inspect [MODEL]');
    expect((await run(['quantize', 'a', '--data', 'b', '--out', 'c'])).err).toContain('quantize needs --scheme or --plan or --stored.');
    const absent = await run(['inspect', '/no/such/file.onnx']);
    expect(absent.code).toBe(1);
    expect(absent.err).toBe('There is no such file or folder. (/no/such/file.onnx) Check the path.\n');
    expect((await run(['train', 'a', '--scheme', 'int8', '--data', 'b', '--out', 'c', '--epochs', 'many'])).code).toBe(2);
  });
});

describe('the progress bar', () => {
  it('is drawn over itself on a terminal, at most ten times a second, and not at all into a file', () => {
    let now = 0;
    const written: string[] = [];
    const progress = createProgress({ isTTY: true, columns: 60, write: (text) => written.push(text) }, () => now);
    for (let i = 0; i <= 1000; i++, now += 1) progress.show('Answering', i, 1000);
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThan(15);
    expect(written.every((text) => text.startsWith('\r\u001b[2K') && text.length < 66)).toBe(true);
    progress.clear();
    expect(written.at(-1)).toBe('\r\u001b[2K');
    const silent: string[] = [];
    createProgress({ write: (text) => silent.push(text) }).show('x', 1, 2);
    expect(silent).toEqual([]);
  });

  it('says how much is done and how long is left', () => {
    expect(progressLine('Answering', 50, 200, 3000)).toBe(`Answering ${'█'.repeat(6)}${'░'.repeat(18)} 50 of 200, 9 s left`);
    expect(progressLine('Answering', 0, 0, 0)).toContain('0 of 0');
    expect(progressLine('x', 1, 1000, 1100)).toContain('18 min 19 s left');
  });
});

describe('tables', () => {
  it('stand in columns, numbers to the right', () => {
    expect(table(['Name', 'Bytes'], [['conv', '9'], ['d', '1024']])).toBe(['Name  Bytes', '────  ─────', 'conv      9', 'd      1024'].join('\n'));
  });
});
