import { anything, fields, finite, integer, isRecord, listOf, matching, nullable, oneOf, optional, recordOf, text, type Check } from '../base/checks.ts';
import { PREPROCESS } from '../data/data-set.ts';
import { layersOf, type Graph } from '../graph/graph.ts';
import type { Grid } from '../quant/calibration.ts';
import { refusalsOf } from '../schemes/layer-facts.ts';
import type { Plan, SchemeId } from '../schemes/scheme.ts';
import type { ProjectDocument, Trained, VariantDocument } from './document.ts';
import { ORIGINAL_VARIANT, type DataReference, type Project, type Variant } from './schema.ts';
import { TRAINING_CHECKS } from './recipe-file.ts';
import { planProblem } from './variant.ts';

/** Turns checked documents into projects; equal parts of neighbouring steps become the same object again. */
export function createProjectReader(graphs: ReadonlyMap<string, Graph>): (document: ProjectDocument) => Project {
  const variants = new WeakMap<VariantDocument, Variant>();
  const graphOf = (hash: string): Graph => graphs.get(hash) as Graph;
  const variantOf = (document: VariantDocument): Variant => {
    let variant = variants.get(document);
    if (!variant) {
      const { trained } = document;
      variants.set(document, (variant = { ...document, trained: trained && { ...trained, graph: graphOf(trained.weightsHash) } }));
    }
    return variant;
  };
  return (document) => ({
    ...document,
    source: { ...document.source, graph: graphOf(document.source.weightsHash) },
    variants: Object.fromEntries(Object.entries(document.variants).map(([id, variant]) => [id, variantOf(variant)])),
  });
}

const MOST_VARIANTS = 2000;
const MOST_LAYERS = 100_000;
const MOST_VALUES = 1_000_000;
const hash = matching(/^[0-9a-f]{64}$/, 'a SHA-256');
const name = text(500);

const isDataReference = fields<DataReference>({
  name,
  // Of a reader's own making, not always a SHA-256.
  hash: text(200),
  preprocess: oneOf(Object.keys(PREPROCESS)),
  format: text(40),
  files: listOf(name, 10_000),
});

const isVariant = fields<VariantDocument>({
  id: matching(/^[A-Za-z0-9_-]{1,60}$/, 'the id of a variant'),
  name,
  parent: nullable(text(60)),
  // Looked at with the graph that it belongs to.
  plan: anything,
  lockedLayers: listOf(text(), MOST_LAYERS),
  trained: nullable(
    fields<Omit<Trained, 'graph'>>({
      weightsHash: hash,
      calibrationHash: hash,
      recipe: TRAINING_CHECKS.recipe,
      seed: TRAINING_CHECKS.seed,
      layers: optional(TRAINING_CHECKS.layers),
      from: optional(TRAINING_CHECKS.from),
      data: optional(TRAINING_CHECKS.data),
      changes: optional(TRAINING_CHECKS.changes),
    }),
  ),
});

const isPositive: Check = (value, where) => finite(value, where) ?? ((value as number) > 0 ? null : `${where} is not positive`);
const isGrid = fields<Grid>({ scale: isPositive, zeroPoint: integer(-128, 127) });

const isDocument = fields<ProjectDocument>({
  formatVersion: oneOf([1]),
  name,
  source: fields<ProjectDocument['source']>({ fileName: name, format: text(100), weightsHash: hash, floatBytes: integer(0, 2 ** 53), grids: optional(recordOf(isGrid, MOST_VALUES)) }),
  data: nullable(isDataReference),
  variants: recordOf(anything, MOST_VARIANTS),
  order: listOf(text(60), MOST_VARIANTS),
  active: text(60),
  budgets: fields<Project['budgets']>({ sizeBytes: optional(finite), accuracy: optional(finite), milliseconds: optional(finite) }),
});

/** Says what is wrong with a document that was read, as part of a sentence. Variants that were found good are not looked at twice. */
export function createDocumentCheck(graphs: ReadonlyMap<string, Graph>): (document: unknown) => string | null {
  const good = new WeakSet<object>();
  return (document) => {
    const problem = isDocument(document, 'project');
    if (problem !== null) return problem;
    const { variants, order, active, source } = document as ProjectDocument;
    const sourceGraph = graphs.get(source.weightsHash);
    if (!sourceGraph) return 'the network it starts from is missing';
    for (const [id, variant] of Object.entries(variants)) {
      if (isRecord(variant) && good.has(variant)) continue;
      const wrong = isVariant(variant, `variant ${id}`) ?? variantProblem(id, variant, sourceGraph, graphs);
      if (wrong !== null) return wrong;
      good.add(variant);
    }
    return treeProblem(variants, order, active);
  };
}

function variantProblem(id: string, variant: VariantDocument, source: Graph, graphs: ReadonlyMap<string, Graph>): string | null {
  if (variant.id !== id) return `variant ${id} says that it is ${variant.id}`;
  const graph = variant.trained ? graphs.get(variant.trained.weightsHash) : source;
  if (!graph) return `the trained weights of ${variant.name} are missing`;
  const problem = planProblem(variant.plan, graph);
  if (problem !== null) return `${variant.name}: ${problem}`;
  return variant.trained ? null : refusedLayer(variant.plan, graph, variant.name);
}

/** Training may have changed a network so that a layer takes what it could not before: only untrained plans are looked at. */
function refusedLayer(plan: Plan, graph: Graph, variant: string): string | null {
  const refused = layersOf(graph).find((layer) => plan[layer.id] && refusalsOf(graph, layer)[plan[layer.id].scheme as SchemeId] !== null);
  return refused ? `${variant}: the layer "${refused.id}" cannot have the precision that it is given` : null;
}

/** Parents come before their children: a circle would never end. */
function treeProblem(variants: ProjectDocument['variants'], order: readonly string[], active: string): string | null {
  const original = variants[ORIGINAL_VARIANT];
  if (!original || original.parent !== null || original.trained !== null || Object.keys(original.plan).length > 0) return 'it has no untouched original';
  if (!Object.hasOwn(variants, active)) return 'the variant in work is missing';
  const seen = new Set<string>();
  for (const id of order) {
    const parent = Object.hasOwn(variants, id) ? variants[id].parent : '';
    if (seen.has(id) || parent === '' || (parent !== null && !seen.has(parent))) return 'its variants are in no order';
    seen.add(id);
  }
  return seen.size === Object.keys(variants).length ? null : 'its variants are in no order';
}
