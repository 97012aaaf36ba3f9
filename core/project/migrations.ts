import { StudioError } from '../base/errors.ts';

/** `project.json` of one version as it stands in the file. */
export type StoredProject = Readonly<Record<string, unknown>>;
export type Migration = (stored: StoredProject) => StoredProject;

/** Version that is written. */
export const PROJECT_VERSION = 1;

/** From each version to the next, pure. A row stays for ever: files of that version exist. */
const MIGRATIONS: Readonly<Record<number, Migration>> = {};

/** Brings what was read to the version that is written, one step after the other. */
export function migrate(stored: StoredProject, fileName: string, to = PROJECT_VERSION, migrations = MIGRATIONS): StoredProject {
  const { version } = stored;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new StudioError(`${fileName} does not say which version it is of.`, { where: fileName, next: 'It is damaged, or no project: save it again.' });
  }
  if (version > to) {
    throw new StudioError(`${fileName} was saved by a newer Bitwright (version ${version} of the format; this one reads up to ${to}).`, {
      where: fileName,
      next: 'Open it with the newer studio. Nothing was changed in the file.',
    });
  }
  let now = stored;
  for (let from = version; from < to; from++) {
    const step = migrations[from];
    if (!step) throw new StudioError(`${fileName} is of version ${from}, which cannot be read any more.`, { where: fileName });
    now = { ...step(now), version: from + 1 };
  }
  return now;
}
