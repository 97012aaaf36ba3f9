import type { Program } from '../../runtime/program.ts';
import type { ExportContext } from '../context.ts';
import type { ExportFile } from '../exporter.ts';
import { exporterOf } from '../index.ts';
import { readmeText, type ReadmeFacts } from './readme.ts';
import type { ContentId } from './table.ts';
import { vectorFiles } from './vectors.ts';

/** The chosen extras of a package. The read-me comes last: it lists what else there is. */
export async function writeContents(contents: readonly ContentId[], program: Program, context: ExportContext, facts: ReadmeFacts): Promise<readonly ExportFile[]> {
  const { target, name } = facts;
  const files: ExportFile[] = [];
  if (contents.includes('vectors')) files.push(...vectorFiles(program, context));
  for (const id of ['recipe', 'report'] as const) {
    if (!contents.includes(id) || id === target) continue;
    const exporter = exporterOf(id, () => context);
    const refused = (await exporter.supports(program)).some(({ severity }) => severity === 'refused');
    if (!refused) files.push(...(await exporter.write(program, name)));
  }
  if (!contents.includes('readme')) return files;
  const listed = [...facts.files, ...files.map(({ path, bytes }) => ({ path, bytes: bytes.length }))];
  return [...files, { path: 'README.md', bytes: new TextEncoder().encode(readmeText(program, context, { ...facts, files: listed })) }];
}
