import { writeContents } from '../export/contents/index.ts';
import { deploy } from '../runtime/deploy.ts';
import type { Jobs } from './contract.ts';
import { contextOf } from './export-context.ts';

/** What a package holds beside the files of its target. */
export const packageFiles: Jobs['packageFiles'] = async (arg, context) => {
  const program = deploy(arg.state);
  const { target, name, files, proof, findings, contents } = arg;
  return writeContents(contents, program, contextOf(program, arg, context), { target, name, files, proof, findings });
};
