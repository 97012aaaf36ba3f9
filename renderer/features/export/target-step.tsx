import { Check, Minus, TriangleAlert, X } from 'lucide-react';
import { join, MISSING } from '../../../core/base/format.ts';
import type { TargetCheck } from '../../../core/export/result.ts';
import { TARGETS, type ExporterId, type Target } from '../../../core/export/targets.ts';
import type { ExportResult } from '../../../core/jobs/contract.ts';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import type { ByteShares } from './export-view.ts';
import { notChecked, targetLine, type TargetLine } from './target-view.ts';

export interface TargetStepProps {
  readonly target: ExporterId;
  readonly shares: ByteShares;
  readonly checks: Readonly<Partial<Record<ExporterId, TargetCheck>>>;
  /** Why the others are not checked, or null. */
  readonly problem: string | null;
  /** Of the chosen target; null before it has ended. */
  readonly proof: ExportResult['proof'] | null;
  readonly onTarget: (target: ExporterId) => void;
}

const TARGET_ROWS = Object.values<Target & { readonly id: ExporterId }>(TARGETS);

/** One row an export target, each with what it makes of the plan, in bytes and in answers. */
export function TargetStep({ target, shares, checks, problem, proof, onTarget }: TargetStepProps) {
  const schemes = shares.layers.map((layer) => layer.scheme);
  return (
    <>
      {TARGET_ROWS.map((row) => {
        const check = checks[row.id] ?? null;
        const lowers = row.lowers?.(schemes) ?? null;
        const line = check === null && problem !== null ? notChecked(problem) : targetLine(check, row.id === target ? proof : null, shares.totalBytes, lowers, formats);
        const chosen = row.id === target;
        return (
          <label key={row.id} className="tgt">
            <span className="chk">
              <input type="radio" name="target" value={row.id} checked={chosen} onChange={() => onTarget(row.id)} />
            </span>
            <span>
              <b>{row.name}</b>
              <small>{check && check.files.length > 1 ? `${check.files.length} files` : `.${row.extension}`}</small>
            </span>
            <span>
              <LineText line={line} />
              {line.points && <small className="tgt-d">{line.points}</small>}
              {chosen && <small className="tgt-d">{row.description}</small>}
              {chosen && line.details.length > 0 && <LineDetails details={line.details} />}
            </span>
            <TargetBytes check={check} />
          </label>
        );
      })}
    </>
  );
}

const TONES = {
  fits: { className: 'tick', icon: Check },
  lowered: { className: 'warn row row-1', icon: TriangleAlert },
  refused: { className: 'cross-x', icon: X },
  waiting: { className: 'u row row-1', icon: Minus },
} as const;

function LineText({ line }: { readonly line: TargetLine }) {
  const { className, icon } = TONES[line.tone];
  return (
    <span className={className}>
      <Icon of={icon} />
      <span>{line.text}</span>
    </span>
  );
}

/** Sentences beyond these are in the package's read-me. */
const SHOWN = 6;

function LineDetails({ details }: { readonly details: readonly string[] }) {
  const rest = details.length - SHOWN;
  return (
    <ul className="tgt-l">
      {details.slice(0, SHOWN).map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
      {rest > 0 && <li>And {formats.count(rest)} more of this kind.</li>}
    </ul>
  );
}

function TargetBytes({ check }: { readonly check: TargetCheck | null }) {
  if (!check || check.files.length === 0) return <span className="num">{MISSING}</span>;
  const total = check.files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <span className="num" title={`${join(formats.exactSize(total))} in all, of it the network ${join(formats.exactSize(check.networkBytes))}`}>
      {join(formats.size(total))}
    </span>
  );
}
