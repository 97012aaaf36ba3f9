import type { Project, Variant } from '../../../core/project/schema.ts';

/** Name and id that no variant has yet. */
export function freshVariant(project: Project): { readonly id: string; readonly name: string } {
  for (let number = project.order.length; ; number++) {
    const id = `v${number}`;
    const name = `Variant ${number}`;
    if (!project.variants[id] && !project.order.some((other) => project.variants[other].name === name)) return { id, name };
  }
}

export function addVariant(project: Project, variant: Variant, activate = true): Project {
  return {
    ...project,
    variants: { ...project.variants, [variant.id]: variant },
    order: [...project.order, variant.id],
    active: activate ? variant.id : project.active,
  };
}

export function activateVariant(project: Project, id: string): Project {
  return id === project.active || !project.variants[id] ? project : { ...project, active: id };
}

export function renameVariant(project: Project, id: string, name: string): Project {
  const variant = project.variants[id];
  const trimmed = name.trim();
  if (!variant || trimmed === '' || trimmed === variant.name) return project;
  return { ...project, variants: { ...project.variants, [id]: { ...variant, name: trimmed } } };
}

export function branchVariant(project: Project, from: string): Project {
  const parent = project.variants[from];
  if (!parent) return project;
  return addVariant(project, { ...parent, ...freshVariant(project), parent: from });
}

/** The original and trained variants stand for something measured: their plan is not changed under them. */
export function isFrozen(variant: Variant): boolean {
  return variant.parent === null || variant.trained !== null;
}

/**
 * Changes the active variant, or a new branch of it where it is frozen. A branch of a trained variant starts from the
 * original weights again: trained ones fit only the plan they were trained with. The same variant means no change.
 */
export function editActive(project: Project, edit: (variant: Variant) => Variant): Project {
  const active = project.variants[project.active];
  const edited = edit(active);
  if (edited === active) return project;
  if (isFrozen(active)) return addVariant(project, { ...edited, ...freshVariant(project), parent: active.id, trained: null });
  return { ...project, variants: { ...project.variants, [active.id]: edited } };
}
