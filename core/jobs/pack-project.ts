import { throwIfAborted } from '../base/errors.ts';
import { encodeProject, zipProject } from '../project/project-file.ts';
import { moving } from '../rpc/moving.ts';
import type { Jobs } from './contract.ts';
import { encodeWork } from './saved-work.ts';

export const packProject: Jobs['packProject'] = async ({ history, models, calibrations, work: saved, known }, { signal }) => {
  const { work, attachments } = encodeWork(saved);
  const pieces = encodeProject({ history, models, calibrations, work, attachments }, known === null ? new Set() : new Set(known));
  throwIfAborted(signal);
  if (known !== null) return { document: pieces.document, names: pieces.names, blobs: [...pieces.blobs].map(([name, bytes]) => ({ name, bytes })) };
  const document = zipProject(pieces);
  return moving({ document, names: [], blobs: [] }, [document.buffer]);
};
