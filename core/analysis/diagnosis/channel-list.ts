import type { Formats } from '../../base/format.ts';

const MOST_NAMED = 3;

/** "Channel 11", "Channels 3, 11 and 27", "Channels 3, 11, 27 and 5 more"; counted from 0, as the files do. */
export function channelList(channels: readonly number[], formats: Formats): string {
  const named = channels.slice(0, MOST_NAMED).map((channel) => formats.count(channel));
  const more = channels.length - named.length;
  if (more > 0) return `Channels ${named.join(', ')} and ${formats.count(more)} more`;
  if (named.length === 1) return `Channel ${named[0]}`;
  return `Channels ${named.slice(0, -1).join(', ')} and ${named[named.length - 1]}`;
}
