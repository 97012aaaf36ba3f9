import { useMemo } from 'react';
import { Activity } from 'lucide-react';
import { layersOf } from '../../../core/graph/graph.ts';
import { initialValues } from '../../../core/quant/fields.ts';
import { RECIPE_FIELDS } from '../../../core/train/recipe.ts';
import { cancelTraining, canTrain, startTraining } from '../../commands/training.ts';
import { openScreen } from '../../commands/view.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { trainedName } from '../../state/edits/trained.ts';
import { useProject } from '../../state/hooks.ts';
import { activeNetwork } from '../../state/select/network.ts';
import { EMPTY_CURVES } from '../../state/training-curves.ts';
import { isTraining, resetRecipe, setRecipeValue, setSeed } from '../../state/training.ts';
import { formats } from '../../ui/format.ts';
import { EmptyState } from '../../ui/notice.tsx';
import { CurvePair } from './curves.tsx';
import { HealthTable } from './health-table.tsx';
import { RecipeForm } from './recipe-form.tsx';
import { recipeSections } from './recipe-sections.ts';
import { RunHeader } from './run-header.tsx';
import { RunOutcome } from './run-outcome.tsx';
import { runView } from './run-view.ts';
import { useTraining } from './use-training.ts';
import { healthRows } from './view-model.ts';

const SECTIONS = recipeSections(RECIPE_FIELDS);
const INITIAL = initialValues(RECIPE_FIELDS);

/** Fine-tuning with quantisation awareness: recipe, curves as they grow, health of each layer, and the result. */
export function TrainScreen() {
  const project = useProject();
  const { run, recipe, seed } = useTraining((state) => state);
  const network = project && activeNetwork(project);
  const next = useMemo(
    () => ({
      name: project ? trainedName(project) : '',
      layers: network ? layersOf(network.graph).map((layer) => ({ layer: layer.id, scheme: schemeOf(network.plan, layer.id) })) : [],
      seed,
    }),
    [project, network, seed],
  );
  if (!network) return null;

  const busy = isTraining(run);
  const view = runView(run, next, Date.now(), formats);
  const curves = run?.curves ?? EMPTY_CURVES;
  const progress = run?.progress ?? null;
  const allowed = canTrain(network);
  const values = busy && run ? run.recipe : { ...INITIAL, ...recipe };
  return (
    <main id="main" className="panes train">
      <RecipeForm sections={SECTIONS} values={values} seed={busy && run ? run.seed : seed} locked={busy} onChange={setRecipeValue} onSeed={setSeed} onReset={Object.keys(recipe).length > 0 ? resetRecipe : null} />
      <div className="train-main">
        <h1 className="sr">Train</h1>
        <div>
          <RunHeader
            {...view}
            startBlocked={allowed === true ? null : allowed}
            resumable={run?.resumable ?? false}
            onStart={() => void startTraining()}
            onResume={() => void startTraining({ resume: true })}
            onCancel={cancelTraining}
          />
          {run && !busy && <RunOutcome run={run} onCompare={() => openScreen('compare')} onStudio={() => openScreen('studio')} />}
        </div>
        {run ? (
          <CurvePair
            curves={curves}
            epochs={progress?.epochs ?? Number(run.recipe['epochs'] ?? 1)}
            teacher={progress?.teacherAccuracy === undefined ? null : progress.teacherAccuracy * 100}
            validationImages={progress?.validationSamples ?? run.result?.deployed.count ?? null}
            formats={formats}
          />
        ) : (
          <NotYet variant={network.variant.name} blocked={allowed === true ? null : allowed} />
        )}
        <HealthTable rows={healthRows(progress, view.layers, curves.flips, formats)} live={progress !== null} />
      </div>
    </main>
  );
}

function NotYet({ variant, blocked }: { readonly variant: string; readonly blocked: string | null }) {
  return (
    <div className="charts-empty">
      <EmptyState icon={Activity} title={blocked ? 'Not ready to train' : 'No run yet'}>
        {blocked ?? `Training fine-tunes ${variant} with the FP32 original as its teacher. Loss, accuracy and the health of each layer are drawn here while it runs.`}
      </EmptyState>
    </div>
  );
}
