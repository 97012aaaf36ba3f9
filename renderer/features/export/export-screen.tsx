import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useStore } from 'zustand';
import { TARGETS } from '../../../core/export/targets.ts';
import { join } from '../../../core/base/format.ts';
import { cancelProof, PROOF_SAMPLES, proveExport, revealPackage, writePackage } from '../../commands/exporting.ts';
import { dataOf } from '../../commands/network-state.ts';
import { openScreen } from '../../commands/view.ts';
import { EXPORT_STEPS, exportingStore, proofKey, type ExportStep } from '../../state/exporting.ts';
import { useProject, useSession } from '../../state/hooks.ts';
import { commandLine, needsVariantFile, packageName, planFile } from '../../state/package-contents.ts';
import { activeNetwork, sizeOf, type ActiveNetwork } from '../../state/select/network.ts';
import { Button } from '../../ui/button.tsx';
import { formats } from '../../ui/format.ts';
import { BOARDS, boardFit, byteShares, packageBlocked, proofChecks, provedShares, stepLines } from './export-view.ts';
import { BoardTable, Contents, TargetList } from './first-steps.tsx';
import { PackagePanel } from './package-panel.tsx';
import { PackageSide, type PackageFileLine } from './package-side.tsx';
import { ProofPanel } from './proof-panel.tsx';
import { StepsNav } from './steps-nav.tsx';
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
  const capabilities = useSession((session) => session.capabilities);
  const nowMs = useSyncExternalStore(subscribeSeconds, halfSeconds);
  const key = proofKey(network.key, state.target);
  const proof = state.proof?.key === key ? state.proof : null;
  const written = state.written?.key === key ? state.written : null;
  const shares = useMemo(() => byteShares(network, sizeOf(network.graph, network.plan)), [network]);
  const name = state.name ?? packageName(network);
  const exporter = TARGETS[state.target];
  const isPacked = state.target === 'bitw';
  const fileBytes = isPacked ? shares.totalBytes : (proof?.result?.weightBytes ?? null);
  const fileShares = proof?.result && !isPacked ? provedShares(proof.result) : shares;
  const isEstimate = !isPacked && fileBytes === null;
  const dataFormat = dataOf(network)?.format ?? null;
  const files: readonly PackageFileLine[] = [
    { path: `${name}.${exporter.extension}`, bytes: fileBytes },
    { path: `${name}.plan.json`, bytes: planFile(network, name).bytes.length },
    ...(needsVariantFile(network, dataFormat) ? [{ path: `${name}.bitvar`, bytes: written?.files.find((file) => file.path.endsWith('.bitvar'))?.sizeBytes ?? null }] : []),
  ];
  const knownBytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  const blocked = packageBlocked(proof, shares.layers.length);
  const step = state.step === 'package' && blocked !== null ? 'proof' : state.step;
  const fits = BOARDS.filter((board) => boardFit(shares.totalBytes, board.flashBytes).fits).length;
  useEffect(() => {
    if (step === 'proof' && proof === null) void proveExport();
  }, [step, proof]);

  const lines = stepLines(
    { targetName: exporter.name, fits, boards: BOARDS.length, files: files.length, bytes: knownBytes, layers: shares.layers.length, proof, written, nowMs, step },
    formats,
  );
  const command = commandLine(network, name, state.target, dataFormat);
  const footer = <WizardFooter step={step} blocked={blocked} />;
  const images = dataOf(network)?.test.count ?? 0;
  return (
    <main id="main" className="panes exp">
      <StepsNav lines={lines} step={step} schemes={shares.layers.map((layer) => layer.scheme)} note="Nothing is written before step 5." onStep={goToStep} />
      <div className="pane wiz">
        {step === 'target' && (
          <WizardStep title="Where will it run?" text="Each target is checked against the current plan before you choose." footer={footer}>
            <TargetList target={state.target} shares={shares} fileBytes={fileBytes} onTarget={(target) => exportingStore.setState({ target })} />
          </WizardStep>
        )}
        {step === 'fit' && (
          <WizardStep title="Does it fit?" text={`Flash holds ${join(formats.deviceMemory(shares.totalBytes))} of weights. The code that runs them is not in this target and not counted.`} footer={footer}>
            <BoardTable weightBytes={shares.totalBytes} />
          </WizardStep>
        )}
        {step === 'contents' && (
          <WizardStep title="What is in it?" text="Sizes are exact and follow every edit." footer={footer}>
            <Contents files={files} shares={fileShares} ofPacked={isEstimate} command={command} />
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
              nameProblem={nameProblem(name)}
              checks={proofChecks(proof, isPacked ? shares.totalBytes : null, images, formats)}
              bytes={knownBytes}
              written={written}
              writing={state.writing}
              where={capabilities?.dialogs ? 'Asked when writing' : 'The exports folder of this computer’s studio'}
              canReveal={capabilities?.reveal ?? false}
              reveal={state.reveal}
              onName={(text) => exportingStore.setState({ name: text, written: null })}
              onReveal={(reveal) => exportingStore.setState({ reveal })}
              onWrite={() => void writePackage()}
              onShow={() => void revealPackage()}
            />
          </WizardStep>
        )}
      </div>
      <PackageSide files={files} shares={fileShares} ofPacked={isEstimate} command={command} />
    </main>
  );
}

function nameProblem(name: string): string | null {
  if (name.trim() === '') return 'A package needs a name.';
  if (/[\\/:*?"<>|]/.test(name)) return 'A name holds none of \\ / : * ? " < > |.';
  return name.length > 80 ? 'A name has at most 80 characters.' : null;
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
