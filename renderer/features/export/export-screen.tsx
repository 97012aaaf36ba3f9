import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useStore } from 'zustand';
import { TARGETS } from '../../../core/export/targets.ts';
import { cancelProof, PROOF_SAMPLES, proveExport, revealPackage, writePackage } from '../../commands/exporting.ts';
import { checkTargets, prepareExtras } from '../../commands/export-checks.ts';
import { dataOf } from '../../commands/network-state.ts';
import { openScreen } from '../../commands/view.ts';
import { boardsStore } from '../../state/boards.ts';
import { EXPORT_STEPS, exportingStore, type ExportStep } from '../../state/exporting.ts';
import { useProject, useSession } from '../../state/hooks.ts';
import { activeNetwork, type ActiveNetwork } from '../../state/select/network.ts';
import { Button } from '../../ui/button.tsx';
import { formats } from '../../ui/format.ts';
import { ContentsStep } from './contents-step.tsx';
import { packageBlocked, proofChecks, stepLines } from './export-view.ts';
import { FitStep } from './fit-step.tsx';
import { fitOf, needText } from './fit-view.ts';
import { PackagePanel } from './package-panel.tsx';
import { PackageSide } from './package-side.tsx';
import { ProofPanel } from './proof-panel.tsx';
import { StepsNav } from './steps-nav.tsx';
import { TargetStep } from './target-step.tsx';
import { wizardFacts } from './wizard-facts.ts';
import { WizardStep } from './wizard-step.tsx';

export function ExportScreen() {
  const project = useProject();
  return project && <Wizard network={activeNetwork(project)} />;
}

const goToStep = (step: ExportStep) => exportingStore.setState({ step });
const subscribeSeconds = (listener: () => void) => {
  const timer = setInterval(listener, 500);
  return () => clearInterval(timer);
};
const halfSeconds = () => Math.floor(performance.now() / 500) * 500;

/** Target, fit, contents, proof, package. Nothing reaches the disk before the last step, and only what was proved. */
function Wizard({ network }: { readonly network: ActiveNetwork }) {
  const state = useStore(exportingStore);
  const boards = useStore(boardsStore, (store) => store.boards);
  const capabilities = useSession((session) => session.capabilities);
  const nowMs = useSyncExternalStore(subscribeSeconds, halfSeconds);
  const facts = useMemo(() => wizardFacts(network, state, dataOf(network)?.format ?? null), [network, state]);
  const { name, proof, written, packed, shares, check, need, arena, ofPacked, files, knownBytes, command } = facts;
  const exporter = TARGETS[state.target];
  const blocked = packageBlocked(proof, packed.layers.length);
  const step = state.step === 'package' && blocked !== null ? 'proof' : state.step;
  const fits = boards.filter((board) => fitOf(need, board, formats).fits).length;
  useEffect(() => void checkTargets(), [network, name]);
  useEffect(() => {
    if (step === 'proof' && proof === null) void proveExport();
  }, [step, proof]);
  const { extrasFor } = facts;
  useEffect(() => {
    if (check && check.files.length > 0) void prepareExtras();
  }, [check, extrasFor]);

  const lines = stepLines(
    { targetName: exporter.name, fits, boards: boards.length, whole: need.ramBytes !== null, files: files.length, bytes: knownBytes, layers: packed.layers.length, proof, written, nowMs, step },
    formats,
  );
  const footer = <WizardFooter step={step} blocked={blocked} />;
  const images = dataOf(network)?.test.count ?? 0;
  return (
    <main id="main" className="panes exp">
      <StepsNav lines={lines} step={step} schemes={packed.layers.map((layer) => layer.scheme)} note="Nothing is written before step 5." onStep={goToStep} />
      <div className="pane wiz">
        {step === 'target' && (
          <WizardStep title="Where will it run?" text="Each target was written in memory for the current plan, to say what it makes of it and how large it is." footer={footer}>
            <TargetStep target={state.target} shares={packed} checks={facts.checks} problem={facts.problem} proof={proof?.result?.proof ?? null} onTarget={(target) => exportingStore.setState({ target })} />
          </WizardStep>
        )}
        {step === 'fit' && (
          <WizardStep title="Does it fit?" text={needText(need, arena, formats)} footer={footer}>
            <FitStep need={need} arena={arena} />
          </WizardStep>
        )}
        {step === 'contents' && (
          <WizardStep title="What is in it?" text="Sizes are exact and follow every edit." footer={footer}>
            <ContentsStep name={name} onName={(chosen) => exportingStore.setState({ name: chosen })} contents={state.contents} onContents={(contents) => exportingStore.setState({ contents })} files={files} shares={shares} ofPacked={ofPacked} command={command} />
          </WizardStep>
        )}
        {step === 'proof' && (
          <WizardStep title="Is the file the network you measured?" text={`The written bytes are opened again and run beside the network on screen, ${formats.count(PROOF_SAMPLES)} pictures at most, layer by layer.`} footer={footer}>
            <ProofPanel layers={shares.layers} proof={proof} nowMs={nowMs} onCancel={cancelProof} onRun={() => void proveExport()} />
          </WizardStep>
        )}
        {step === 'package' && proof && (
          <WizardStep title="Write the package" text={written ? 'The package is written. An edit makes the proof void.' : 'Nothing has been written to your folder yet.'} footer={footer} padded>
            <PackagePanel
              name={name}
              checks={proofChecks(proof, state.target === 'bitw' ? packed.totalBytes : (check?.networkBytes ?? null), images, formats)}
              bytes={knownBytes}
              written={written}
              writing={state.writing}
              where={capabilities?.dialogs ? 'Asked when writing' : 'The exports folder of this computer’s studio'}
              canReveal={capabilities?.reveal ?? false}
              reveal={state.reveal}
              onReveal={(reveal) => exportingStore.setState({ reveal })}
              onWrite={() => void writePackage()}
              onShow={() => void revealPackage()}
            />
          </WizardStep>
        )}
      </div>
      <PackageSide files={files} shares={shares} ofPacked={ofPacked} command={command} />
    </main>
  );
}

function WizardFooter({ step, blocked }: { readonly step: ExportStep; readonly blocked: string | null }) {
  const index = EXPORT_STEPS.indexOf(step);
  const next = EXPORT_STEPS[index + 1];
  const title = next && `${next[0].toUpperCase()}${next.slice(1)}`;
  const reason = next === 'package' ? blocked : null;
  return (
    <>
      {index > 0 && (
        <Button icon={ChevronLeft} onClick={() => goToStep(EXPORT_STEPS[index - 1])}>
          Back
        </Button>
      )}
      <span className="grow" />
      <Button kind="quiet" onClick={() => openScreen('studio')}>
        Close
      </Button>
      {reason && <span className="u t-11">{reason}</span>}
      {next && (
        <Button kind={reason ? 'default' : 'primary'} iconAfter={ChevronRight} disabledReason={reason} onClick={() => goToStep(next)}>
          {title}
        </Button>
      )}
    </>
  );
}
