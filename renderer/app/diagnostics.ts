import type { SystemFacts } from '../../core/host/contract.ts';
import type { PageFacts } from '../host/page-facts.ts';
import { formats, sizeText } from '../ui/format.ts';

export interface DiagnosticRow {
  readonly label: string;
  readonly text: string;
}

export interface DiagnosticFacts {
  readonly page: PageFacts;
  /** Null: the page works on its own, without a program behind it. */
  readonly system: SystemFacts | null;
  /** Of the last measurement of the open network; null before one. */
  readonly measured: { readonly environment: string; readonly threads: number } | null;
}

const SIMD_TEXT = { relaxed: 'WebAssembly with relaxed SIMD', plain: 'WebAssembly with SIMD', none: 'none: the kernels run as plain TypeScript' } as const satisfies Record<PageFacts['simd'], string>;
const SHELL_TEXT = { electron: 'Electron', loopback: 'bitwright serve, in a browser' } as const satisfies Record<SystemFacts['shell'], string>;

/** What a report of a fault needs, and nothing that names a person, a file or a network. */
export function diagnosticRows({ page, system, measured }: DiagnosticFacts): readonly DiagnosticRow[] {
  const versions = Object.entries(system?.versions ?? {}).filter(([name]) => name !== 'bitwright');
  const rows: readonly (readonly [string, string | null])[] = [
    ['Bitwright', system ? (system.versions['bitwright'] ?? 'unknown version') : 'in a browser, without its program'],
    ['Shell', system ? SHELL_TEXT[system.shell] : null],
    ['Versions', versions.length > 0 ? versions.map(([name, version]) => `${name} ${version}`).join(', ') : null],
    ['Browser', page.userAgent],
    ['System', system?.platform ?? null],
    ['Processor', system ? `${system.cpu}, ${formats.count(system.cores)} threads, ${formats.decimal(system.memoryBytes / 1e9, 1)}\u00a0GB memory` : `${formats.count(page.processors)} threads`],
    ['Instructions', SIMD_TEXT[page.simd]],
    ['Engine', measured ? `${measured.environment}, ${formats.count(measured.threads)} thread${measured.threads === 1 ? '' : 's'} in the last measurement` : 'nothing measured yet'],
    ['Isolation', page.isIsolated ? 'cross-origin isolated: threads share memory' : 'not cross-origin isolated: one thread'],
    ['Graphics', page.graphics ?? 'no WebGPU adapter'],
    ['Memory', page.heapBytes === null ? 'not told by this browser' : `${sizeText(page.heapBytes)} of page objects`],
    ['Data', system ? 'the user data folder of Bitwright on this computer' : `this browser${page.storedBytes === null ? '' : `, ${sizeText(page.storedBytes)}`}`],
    ['Window', page.view],
    ['Language', page.language],
    ['Motion', page.reducesMotion ? 'reduced, as the system asks' : 'full'],
  ];
  return rows.flatMap(([label, text]) => (text === null ? [] : [{ label, text }]));
}

export function diagnosticText(rows: readonly DiagnosticRow[]): string {
  return rows.map(({ label, text }) => `${label}: ${text}`).join('\n');
}
