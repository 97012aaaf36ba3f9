import type { ImportedModel } from '../../../core/jobs/contract.ts';
import type { DataSet, PreprocessId } from '../../../core/data/data-set.ts';
import { ORIGINAL_VARIANT, type Project, type Variant } from '../../../core/project/schema.ts';

export const ORIGINAL = ORIGINAL_VARIANT;

export interface NewProject {
  readonly imported: ImportedModel;
  readonly data: DataSet | null;
  readonly preprocess: PreprocessId;
  /** Shown name; the file's without its extension where left out. */
  readonly name?: string;
}

/** The float network, which nothing changes, and a first variant to work on, with the precisions that the file has. */
export function newProject({ imported, data, preprocess, name: given }: NewProject): Project {
  const name = given ?? (imported.fileName.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '') || imported.fileName);
  const original: Variant = { id: ORIGINAL, name: 'FP32 original', parent: null, plan: {}, lockedLayers: [], trained: null };
  const first: Variant = { id: 'v1', name: 'Variant 1', parent: ORIGINAL, plan: imported.plan, lockedLayers: [], trained: null };
  return {
    formatVersion: 1,
    name,
    source: {
      fileName: imported.fileName,
      format: imported.report.format,
      graph: imported.model.graph,
      weightsHash: imported.hash,
      floatBytes: imported.report.floatBytes,
      ...(Object.keys(imported.grids).length > 0 ? { grids: imported.grids } : {}),
    },
    data: data && { name: data.name, hash: data.hash, preprocess, format: data.format, files: [] },
    variants: { [original.id]: original, [first.id]: first },
    order: [original.id, first.id],
    active: first.id,
    budgets: {},
  };
}
