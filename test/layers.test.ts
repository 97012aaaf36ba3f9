import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/**
 * The walls: each part of the tree and the parts that it may import besides itself. A part is the longest entry that a
 * path starts with. `test` may import everything and is not listed.
 */
const WALLS: Readonly<Record<string, readonly string[]>> = {
  'core/base': [],
  'core/tensor': ['core/base'],
  'core/quant': ['core/base', 'core/tensor', 'core/graph'],
  'core/graph': ['core/base', 'core/tensor'],
  'core/schemes': ['core/base', 'core/tensor', 'core/graph', 'core/quant'],
  'core/kernels': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes'],
  'core/runtime': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels'],
  'core/layout': ['core/base'],
  'core/tflite': ['core/base'],
  'core/data': ['core/base', 'core/tensor', 'core/graph'],
  'core/import': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/data', 'core/project', 'core/tflite'],
  'core/rpc': ['core/base'],
  'core/project': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/data', 'core/rpc'],
  'core/analysis': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels', 'core/runtime', 'core/data', 'core/export'],
  'core/bench': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels', 'core/runtime'],
  'core/export': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels', 'core/runtime', 'core/tflite', 'core/data', 'core/project'],
  'core/train': ['core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels', 'core/runtime', 'core/data', 'core/project', 'core/analysis', 'core/rpc'],
  'core/jobs': [
    'core/base', 'core/tensor', 'core/graph', 'core/quant', 'core/schemes', 'core/kernels', 'core/runtime', 'core/data', 'core/import', 'core/project',
    'core/analysis', 'core/bench', 'core/export', 'core/train', 'core/rpc', 'core/layout',
  ],
  // Of core/export types alone: what a proof gives.
  'core/host': ['core/base', 'core/rpc', 'core/export'],
  'electron/host': ['core/base', 'core/host', 'core/rpc', 'core/export'],
  'electron/proof': ['core', 'electron/host'],
  'electron/main': ['core/base', 'core/host', 'core/rpc', 'electron/host'],
  'electron/preload': ['core/host', 'electron/main'],
  'electron/loopback': ['core/base', 'core/host', 'core/rpc', 'electron/host'],
  'electron/cli': ['core', 'electron/host', 'electron/loopback', 'electron/launch', 'package.json'],
  'electron/launch': [],
  'renderer/ui': ['core/base', 'core/schemes', 'core/quant'],
  'renderer/state': ['core', 'renderer/ui'],
  'renderer/host': ['core', 'renderer/state', 'renderer/workers'],
  'renderer/commands': ['core', 'renderer/state', 'renderer/host', 'renderer/ui'],
  'renderer/features': ['core', 'renderer/state', 'renderer/host', 'renderer/commands', 'renderer/ui'],
  'renderer/app': ['core', 'renderer/state', 'renderer/host', 'renderer/commands', 'renderer/features', 'renderer/ui'],
  'renderer/workers': ['core'],
};

/** Packages that only these parts may import. */
const PACKAGES: readonly { readonly name: RegExp; readonly only: readonly string[] }[] = [
  { name: /^electron($|\/)/, only: ['electron/main', 'electron/preload'] },
  // Beside the trainer: where exported folders are proved with it, as with ONNX Runtime.
  { name: /^@tensorflow\//, only: ['core/train', 'electron/cli/tfjs-runtime.ts', 'renderer/workers/tfjs-runtime.ts'] },
  { name: /^node:/, only: ['electron', 'vitest.config.ts', 'electron.vite.config.ts'] },
  { name: /^ws$/, only: ['electron/loopback'] },
  { name: /^(react|react-dom|zustand|recharts|@base-ui|@tanstack|lucide-react)($|\/)/, only: ['renderer'] },
  { name: /^@litertjs\//, only: ['electron/cli', 'renderer/workers'] },
  { name: /^onnxruntime-/, only: ['electron/cli', 'renderer/workers'] },
  { name: /^h5wasm($|\/)/, only: ['core/import'] },
  { name: /^flatbuffers($|\/)/, only: ['core/import', 'core/tflite'] },
];

const LINES_LIMIT = 400;
const COMPONENT_LIMIT = 150;

/** Known exceptions, each with its reason. */
const UNUSED_EXPORTS: Readonly<Record<string, string>> = {
  'core/base/errors.ts: assertNever': 'the end of every exhaustive switch; none needs it today',
};

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const SOURCES = ['core', 'electron', 'renderer'].flatMap((root) => sourcesIn(join(ROOT, root)));

function sourcesIn(folder: string): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path);
    if (!/\.(ts|tsx|mjs)$/.test(entry.name) || /\.d\.m?ts$/.test(entry.name) || entry.name.endsWith('.generated.ts')) return [];
    const text = readFileSync(path, 'utf8');
    return [{ path: relative(ROOT, path).replaceAll('\\', '/'), text, imports: importsOf(text) }];
  });
}

/** Static, dynamic and type imports, exports from, and worker addresses. */
function importsOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const patterns = [/\b(?:import|export)\s[^'";]*?from\s*['"]([^'"]+)['"]/g, /\bimport\s*['"]([^'"]+)['"]/g, /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g, /new URL\(\s*['"](\.[^'"]+\.tsx?)['"]\s*,\s*import\.meta\.url/g];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1]!));
}

function partOf(path: string): string | null {
  const parts = Object.keys(WALLS).filter((part) => path.startsWith(`${part}/`));
  return parts.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

/** Repository path of a relative import. */
function target(file: SourceFile, specifier: string): string {
  return join(dirname(file.path), specifier.replace(/\?.*$/, '')).replaceAll('\\', '/');
}

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const within = (path: string, part: string): boolean => path === part || path.startsWith(`${part}/`);

describe('the walls', () => {
  it('every source file belongs to a part', () => {
    expect(SOURCES.length).toBeGreaterThan(100);
    expect(SOURCES.filter((file) => partOf(file.path) === null).map((file) => file.path)).toEqual([]);
  });

  it('no part imports one that stands above it', () => {
    const wrong = SOURCES.flatMap((file) => {
      const part = partOf(file.path)!;
      const targets = file.imports.filter(isRelative).map((specifier) => target(file, specifier));
      return targets.filter((path) => ![part, ...WALLS[part]!].some((allowed) => within(path, allowed))).map((path) => `${file.path} → ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  it('features never import one another', () => {
    const feature = (path: string): string | undefined => /^renderer\/features\/([^/]+)\//.exec(path)?.[1];
    const wrong = SOURCES.flatMap((file) => {
      const own = feature(file.path);
      if (own === undefined) return [];
      const others = file.imports.filter(isRelative).map((specifier) => target(file, specifier)).filter((path) => feature(path) !== undefined && feature(path) !== own);
      return others.map((path) => `${file.path} → ${path}`);
    });
    expect(wrong).toEqual([]);
  });

  it('the page never imports the training code: it runs in a worker', () => {
    const wrong = SOURCES.filter((file) => file.path.startsWith('renderer/') && !file.path.startsWith('renderer/workers/')).flatMap((file) =>
      file.imports
        .filter(isRelative)
        .map((specifier) => target(file, specifier))
        // What describes a run without running it: the recipe's fields, choices of single layers, changes in words, what is healthy.
        .filter((path) => within(path, 'core/train') && !['recipe', 'layer-choices', 'changes', 'verdict'].some((name) => path === `core/train/${name}.ts`))
        .map((path) => `${file.path} → ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('packages are imported only where they belong', () => {
    const wrong = SOURCES.flatMap((file) =>
      file.imports
        .filter((specifier) => !isRelative(specifier))
        .filter((specifier) => PACKAGES.some(({ name, only }) => name.test(specifier) && !only.some((part) => within(file.path, part))))
        // Building is a program of its own, not part of core; what packages carry runs elsewhere.
        .filter(() => !file.path.endsWith('/build.mjs') && !file.path.startsWith('core/export/web/package/'))
        .map((specifier) => `${file.path} → ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('relative imports name their file with its ending', () => {
    // AssemblyScript's compiler names files in its own way; what packages carry lies beside other files there.
    const sources = SOURCES.filter((file) => !file.path.includes('/assembly/') && !file.path.startsWith('core/export/web/package/'));
    const wrong = sources.flatMap((file) => file.imports.filter((specifier) => isRelative(specifier) && !/\.(tsx?|mjs|json|css|svg)(\?[a-z]+)?$/.test(specifier)).map((specifier) => `${file.path} → ${specifier}`));
    expect(wrong).toEqual([]);
  });
});

describe('the style', () => {
  it(`no source file is longer than ${LINES_LIMIT} lines`, () => {
    const long = SOURCES.map((file) => ({ path: file.path, lines: file.text.split('\n').length })).filter(({ lines }) => lines > LINES_LIMIT);
    expect(long).toEqual([]);
  });

  it(`no component is longer than ${COMPONENT_LIMIT} lines`, () => {
    const long = SOURCES.filter((file) => file.path.endsWith('.tsx')).flatMap((file) =>
      [...file.text.matchAll(/^(?:export )?function ([A-Z]\w*)[\s\S]*?^}/gm)]
        .map((match) => ({ component: `${file.path}: ${match[1]}`, lines: match[0].split('\n').length }))
        .filter(({ lines }) => lines > COMPONENT_LIMIT),
    );
    expect(long).toEqual([]);
  });

  it('no exported value is dead: named nowhere but where it is made', () => {
    const tests = sourcesIn(join(ROOT, 'test'));
    const words = new Map<string, number>();
    for (const file of [...SOURCES, ...tests]) for (const word of new Set(file.text.match(/[A-Za-z_$][\w$]*/g))) words.set(word, (words.get(word) ?? 0) + 1);
    const unused = SOURCES.filter((file) => !file.path.includes('/assembly/')).flatMap((file) =>
      [...file.text.matchAll(/^export (?:async )?(?:const|function\*?|class) ([\w$]+)/gm)]
        .filter((match) => words.get(match[1]!) === 1 && [...file.text.matchAll(new RegExp(`\\b${match[1]!.replace('$', '\\$')}\\b`, 'g'))].length === 1)
        .map((match) => `${file.path}: ${match[1]}`)
        .filter((name) => !Object.hasOwn(UNUSED_EXPORTS, name)),
    );
    expect(unused).toEqual([]);
  });

  it('nothing outside its folder asks which scheme it is', () => {
    const wrong = SOURCES.filter((file) => !file.path.startsWith('core/schemes/')).flatMap((file) =>
      [...file.text.matchAll(/switch \((?:[\w.]+\.)?scheme(?:Id)?\)/g)].map((match) => `${file.path}: ${match[0]}`),
    );
    expect(wrong).toEqual([]);
  });

  it('core keeps no time and rolls no dice of its own', () => {
    const wrong = SOURCES.filter((file) => file.path.startsWith('core/') && !file.path.endsWith('.mjs')).flatMap((file) => {
      const code = file.text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
      return [...code.matchAll(/\bMath\.random\b|\bDate\.now\b|\blocalStorage\b|\bfetch\(/g)].map((match) => `${file.path}: ${match[0]}`);
    });
    expect(wrong).toEqual([]);
  });

  it('there are no enums and no default exports', () => {
    const wrong = SOURCES.flatMap((file) => {
      if (file.path.endsWith('.config.ts')) return [];
      const found = [...file.text.matchAll(/^\s*(?:export )?(?:const )?enum \w|^export default\b/gm)].map((match) => match[0].trim());
      return found.map((text) => `${file.path}: ${text}`);
    });
    expect(wrong).toEqual([]);
  });

  it('only electron/main makes windows, and in one place', () => {
    const places = SOURCES.filter((file) => /new BrowserWindow\(/.test(file.text)).map((file) => file.path);
    expect(places).toEqual(['electron/main/window.ts']);
    expect(SOURCES.filter((file) => /new (BrowserView|WebContentsView)\(/.test(file.text))).toEqual([]);
  });
});
