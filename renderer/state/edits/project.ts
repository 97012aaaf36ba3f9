import type { DataSet, PreprocessId } from '../../../core/data/data-set.ts';
import type { Project } from '../../../core/project/schema.ts';

/** `files`: names of the files it was read from. */
export function setData(project: Project, data: DataSet, preprocess: PreprocessId, files: readonly string[] = []): Project {
  if (project.data?.hash === data.hash && project.data.preprocess === preprocess) return project;
  return { ...project, data: { name: data.name, hash: data.hash, preprocess, format: data.format, files } };
}

export function setPreprocess(project: Project, preprocess: PreprocessId): Project {
  if (!project.data || project.data.preprocess === preprocess) return project;
  return { ...project, data: { ...project.data, preprocess } };
}

export function setBudgets(project: Project, budgets: Project['budgets']): Project {
  const same = (['sizeBytes', 'accuracy', 'milliseconds'] as const).every((name) => project.budgets[name] === budgets[name]);
  return same ? project : { ...project, budgets };
}
