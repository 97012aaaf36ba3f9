import { useMemo, useState } from 'react';
import { layersOf } from '../../../core/graph/graph.ts';
import { initialValues } from '../../../core/quant/fields.ts';
import { RECIPE_FIELDS } from '../../../core/train/recipe.ts';
import { mayChange } from '../../../core/train/changes.ts';
import { canPrune } from '../../../core/train/layer-choices.ts';
import { cancelTraining, canResume, canTrain, choicesFor, discardRun, pauseTraining, pendingChanges, startTraining } from '../../commands/training.ts';
import { openScreen } from '../../commands/view.ts';
import { schemeOf } from '../../state/edits/plan.ts';
import { trainedName } from '../../state/edits/trained.ts';
import { useDataState, useProject } from '../../state/hooks.ts';
import { activeNetwork, type ActiveNetwork } from '../../state/select/network.ts';
import { EMPTY_CURVES } from '../../state/training-curves.ts';
import { isTraining, resetRecipe, setLayerChoice, setRecipeValue, setSeed, type TrainingRun } from '../../state/training.ts';
import { formats } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { CurvePair } from './curves.tsx';
import { healthRows } from './health-rows.ts';
import { HealthTable } from './health-table.tsx';
import { NotYet } from './not-yet.tsx';
import { RecipeForm } from './recipe-form.tsx';
import { recipeSections } from './recipe-sections.ts';
import { RunFacts } from './run-facts.tsx';
import { RunHeader } from './run-header.tsx';
import { RunOutcome } from './run-outcome.tsx';
import { runView } from './run-view.ts';
import { useTraining } from './use-training.ts';
import { runWarnings } from './view-model.ts';

const SECTIONS = recipeSections(RECIPE_FIELDS);
const INITIAL = initialValues(RECIPE_FIELDS);

/** Fine-tuning with quantisation awareness: recipe, curves as they grow, health of each layer, and the result. */
export function TrainScreen() {
  const project = useProject();
  const { run, recipe, choices: chosen, seed } = useTraining((state) => state);
  const network = project && activeNetwork(project);
  const [changing, setChanging] = useState(false);
  // The pictures of a project that was opened may come a moment later.
  const dataState = useDataState();
  const next = useMemo(
    () => ({
      name: project ? trainedName(project) : '',
      layers: network ? layersOf(network.graph).map(({ id }) => ({ layer: id, scheme: schemeOf(network.plan, id), canPrune: canPrune(network.plan, id) })) : [],
      seed,
    }),
    [project, network, seed],
  );
  if (!network) return null;

  const busy = isTraining(run);
  const view = runView(run, next, Date.now(), formats);
  const curves = run?.curves ?? EMPTY_CURVES;
  const progress = run?.progress ?? null;
  const values = busy && run ? run.recipe : { ...INITIAL, ...recipe };
  const choices = busy && run ? run.choices : choicesFor(network, chosen);
  const lock = busy ? 'running' : run?.state === 'paused' ? 'paused' : 'none';
  const blocked = dataState === 'finding' ? 'The data set is being opened.' : reasonOf(canTrain(network));
  return (
    <main id="main" className="panes train">
      <RecipeForm
        sections={SECTIONS}
        values={values}
        seed={lock !== 'none' && run ? run.seed : seed}
        lock={lock}
        focusOn={changing && lock === 'paused' ? 'learningRate' : null}
        mayChange={mayChange}
        onChange={setRecipeValue}
        onSeed={setSeed}
        layers={{ rows: next.layers, choices, onChange: setLayerChoice }}
        onReset={Object.keys(recipe).length + Object.keys(choices).length > 0 ? resetRecipe : null}
      />
      <div className="train-main">
        <h1 className="sr">Train</h1>
        <div>
          <RunHeader
            {...view}
            changes={run?.state === 'paused' ? pendingChanges(network, run, values, choices) : []}
            startBlocked={blocked}
            resumable={run?.checkpoint != null}
            resumeBlocked={reasonOf(canResume(network, run))}
            onStart={() => void startTraining()}
            onResume={() => {
              setChanging(false);
              void startTraining({ resume: true });
            }}
            onPause={pauseTraining}
            onChange={() => {
              setChanging(true);
              pauseTraining();
            }}
            onCancel={cancelTraining}
            onDiscard={() => discardRun(network)}
          >
            {run && <RunFacts checkpoint={run.checkpoint} backend={progress?.backend ?? null} formats={formats} />}
          </RunHeader>
          {run && <RunNotes run={run} network={network} />}
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
          <NotYet network={network} blocked={blocked} />
        )}
        <HealthTable rows={healthRows(progress, view.layers, curves.trends, formats)} live={progress !== null} />
      </div>
    </main>
  );
}

const reasonOf = (allowed: true | string): string | null => (allowed === true ? null : allowed);

/** How it ended, or what is to be watched while it goes on. */
function RunNotes({ run, network }: { readonly run: TrainingRun; readonly network: ActiveNetwork }) {
  if (!isTraining(run) && run.state !== 'paused') return <RunOutcome run={run} onCompare={() => openScreen('compare')} onStudio={() => openScreen('studio')} />;
  const elsewhere = run.state === 'paused' && run.from !== network.variant.id;
  const warnings = runWarnings(run.curves, formats);
  return (
    <>
      {warnings.map((warning) => (
        <Notice key={warning.slice(0, 12)} tone="warn" className="run-note">
          {warning}
        </Notice>
      ))}
      {elsewhere && <Notice className="run-note">{reasonOf(canResume(network, run))}</Notice>}
    </>
  );
}
