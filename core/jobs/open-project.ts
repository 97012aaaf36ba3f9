import { throwIfAborted } from '../base/errors.ts';
import { decodeProject, unzipProject } from '../project/project-file.ts';
import type { Jobs } from './contract.ts';
import { decodeWork } from './saved-work.ts';

export const openProject: Jobs['openProject'] = async ({ fileName, source }, { signal }) => {
  const pieces = 'bytes' in source ? unzipProject(source.bytes, fileName) : { document: source.document, blobs: new Map(source.blobs.map(({ name, bytes }) => [name, bytes])) };
  throwIfAborted(signal);
  const { attachment, work: stored, ...content } = decodeProject(pieces, fileName);
  return { ...content, ...decodeWork(stored, attachment) };
};
