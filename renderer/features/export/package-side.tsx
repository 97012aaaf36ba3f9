import { Copy, File as FileIcon } from 'lucide-react';
import { join } from '../../../core/base/format.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { formats } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { precisionClass } from '../../ui/precision.ts';
import type { ByteShares } from './export-view.ts';

export interface PackageFileLine {
  readonly path: string;
  /** Null where it is only known once written. */
  readonly bytes: number | null;
}

export interface PackageSideProps {
  readonly files: readonly PackageFileLine[];
  readonly shares: ByteShares;
  /** The bytes are those of the packed file, because the target's own are not known yet. */
  readonly ofPacked: boolean;
  readonly command: string;
}

export function PackageSide({ files, shares, ofPacked, command }: PackageSideProps) {
  const total = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return (
    <aside className="pane exp-side" aria-label="Package so far">
      <div className="pane-h">
        <h2>Package so far</h2>
        <span className="grow" />
        <b>{join(formats.size(total))}</b>
      </div>
      <div className="pane-b scroll" tabIndex={0} role="group" aria-label="Package contents">
        <div className="sect">
          <FileList files={files} />
        </div>
        <div className="sect">
          <ByteBar shares={shares} ofPacked={ofPacked} />
        </div>
        <div className="sect">
          <CommandLine command={command} />
        </div>
      </div>
    </aside>
  );
}

export function FileList({ files }: { readonly files: readonly PackageFileLine[] }) {
  return (
    <ul className="files">
      {files.map((file) => (
        <li key={file.path}>
          <Icon of={FileIcon} className="op" />
          <span className="trunc" title={file.path}>
            {file.path}
          </span>
          <span className="num" title={file.bytes === null ? undefined : join(formats.exactSize(file.bytes))}>
            {file.bytes === null ? 'when written' : join(formats.size(file.bytes))}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function ByteBar({ shares, ofPacked }: Pick<PackageSideProps, 'shares' | 'ofPacked'>) {
  let at = 0;
  const place = (bytes: number) => {
    const left = (at / shares.totalBytes) * 100;
    at += bytes;
    return { x: `${left.toFixed(3)}%`, width: `max(0px, calc(${((bytes / shares.totalBytes) * 100).toFixed(3)}% - 1px))` };
  };
  return (
    <>
      <div className="sect-h">
        <h3>Where the weight bytes go{ofPacked ? ', packed' : ''}</h3>
        <span className="dim">{join(formats.exactSize(shares.totalBytes))}</span>
      </div>
      <svg className="byte-bar" role="img" aria-label="Bytes by layer, coloured by precision; the list below has the numbers">
        {shares.layers.map((layer) => {
          const { x, width } = place(layer.bytes);
          return <rect key={layer.layer} className={precisionClass(layer.scheme)} x={x} y="0" height="18" style={{ width }} />;
        })}
        <BarRest {...place(shares.restBytes)} />
      </svg>
      <ul className="byp">
        {shares.precisions.map((row) => (
          <li key={row.scheme}>
            <Chip scheme={row.scheme} />
            <span className="soft">
              {row.layers} layer{row.layers === 1 ? '' : 's'}
            </span>
            <span className="num">{join(formats.layerSize(row.bytes))}</span>
          </li>
        ))}
        <li>
          <span className="soft">Header, graph and checksum</span>
          <span className="num">{join(formats.layerSize(shares.restBytes))}</span>
        </li>
      </ul>
    </>
  );
}

function BarRest({ x, width }: { readonly x: string; readonly width: string }) {
  return <rect className="head" x={x} y="0" height="18" style={{ width }} />;
}

export function CommandLine({ command }: { readonly command: string }) {
  return (
    <>
      <div className="row cmd-h">
        <h3>The same from the command line</h3>
        <span className="grow" />
        <Button kind="quiet" size="small" icon={Copy} onClick={() => void navigator.clipboard.writeText(command).catch(() => undefined)}>
          Copy
        </Button>
      </div>
      <code className="cmd" tabIndex={0}>
        {command.split(' ').map((word, index) => (
          <span key={index}>{`${word} `}</span>
        ))}
      </code>
      <p className="u t-11 cmd-n">Typed in the folder that holds the package; other files need their path in front.</p>
    </>
  );
}
