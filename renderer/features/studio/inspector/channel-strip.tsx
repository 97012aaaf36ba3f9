import type { KeyboardEvent, MouseEvent } from 'react';
import type { NodeId } from '../../../../core/graph/graph.ts';
import type { LayerInsight } from '../../../../core/jobs/contract.ts';
import { showChannel } from '../../../commands/inspecting.ts';
import { channelForKey, stripView } from './channel-view.ts';

export interface ChannelStripProps {
  readonly layer: NodeId;
  readonly channels: LayerInsight['channels'];
  /** SQNR of the result of each channel in dB, once the layer has been run. */
  readonly outputs: Float32Array | undefined;
  readonly selected: number | null;
  readonly width: number;
}

const MOST_BARS = 128;
const TOP = 8;
const HEIGHT = 26;

/** One bar an output channel: a click or the arrow keys show a channel alone, Escape shows all. */
export function ChannelStrip({ layer, channels, outputs, selected, width }: ChannelStripProps) {
  const view = stripView(channels, MOST_BARS, outputs);
  const { bars, worst, count } = view;
  if (count < 2) return null;
  const step = width / bars.length;
  const shown = bars.findIndex(({ first, end }) => selected !== null && selected >= first && selected < end);
  const marked = bars.findIndex(({ channel }) => channel === worst);
  const press = (event: KeyboardEvent): void => {
    const next = channelForKey(event.key, selected, view);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    showChannel(layer, next);
  };
  const click = (event: MouseEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const bar = bars[Math.min(bars.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * bars.length)))];
    showChannel(layer, shown >= 0 && bar === bars[shown] ? null : bar.channel);
  };
  return (
    <div className="strip">
      <div
        className="strip-bars"
        role="slider"
        tabIndex={0}
        aria-label={view.title}
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={selected ?? worst}
        aria-valuetext={selected === null ? view.label : view.text(selected)}
        onKeyDown={press}
        onClick={click}
      >
        <svg className="ch" viewBox={`0 0 ${width} ${TOP + HEIGHT}`} aria-hidden="true">
          {bars.map(({ first, height }, index) => {
            const tall = Math.max(1, height * HEIGHT);
            return <rect key={first} className={index === marked ? 'bar-clip' : 'bar'} x={index * step + 0.5} y={TOP + HEIGHT - tall} width={Math.max(1, step - 1)} height={tall} />;
          })}
          <line className="ax" x1="0" x2={width} y1={TOP + HEIGHT} y2={TOP + HEIGHT} />
          <path className="bar-clip" d={`M${(marked + 0.5) * step - 4} 0h8l-4 6z`} />
          {shown >= 0 && <rect className="pt-sel" x={shown * step} y="1" width={step} height={TOP + HEIGHT - 2} />}
        </svg>
      </div>
      <p className="row row-between u t-11">
        <span>{selected === null ? view.label : view.text(selected)}</span>
        <button type="button" className="link" onClick={() => showChannel(layer, selected === null ? worst : null)}>
          {selected === null ? 'Show it' : 'Show all'}
        </button>
      </p>
    </div>
  );
}
