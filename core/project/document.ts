import type { Project, Variant } from './schema.ts';

export type Trained = NonNullable<Variant['trained']>;

/** A variant as plain JSON: the hash of its weights names its graph too. */
export type VariantDocument = Omit<Variant, 'trained'> & { readonly trained: Omit<Trained, 'graph'> | null };

/** A project as plain JSON, without graphs. */
export type ProjectDocument = Omit<Project, 'source' | 'variants'> & {
  readonly source: Omit<Project['source'], 'graph'>;
  readonly variants: Readonly<Record<string, VariantDocument>>;
};

const documents = new WeakMap<Project, ProjectDocument>();
const variantDocuments = new WeakMap<Variant, VariantDocument>();

/** Parts that two projects share are shared by their documents, so that comparing them costs only what differs. */
export function documentOf(project: Project): ProjectDocument {
  let document = documents.get(project);
  if (!document) {
    const { graph: _graph, ...source } = project.source;
    const variants = Object.fromEntries(project.order.map((id) => [id, variantDocument(project.variants[id])]));
    const budgets = Object.fromEntries(Object.entries(project.budgets).filter(([, value]) => value !== undefined));
    documents.set(project, (document = { ...project, source, variants, budgets }));
  }
  return document;
}

function variantDocument(variant: Variant): VariantDocument {
  let document = variantDocuments.get(variant);
  if (!document) {
    const { trained, ...rest } = variant;
    const { graph: _graph, ...withoutGraph } = trained ?? { graph: null };
    document = { ...rest, trained: trained && (withoutGraph as Omit<Trained, 'graph'>) };
    variantDocuments.set(variant, document);
  }
  return document;
}
