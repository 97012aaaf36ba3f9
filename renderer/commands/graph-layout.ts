import type { LayoutRequest, LayoutResult } from '../../core/layout/contract.ts';
import { CancelledError } from '../../core/base/errors.ts';
import { runJob } from '../host/jobs.ts';
import { formats } from '../ui/format.ts';
import { tellFailure } from './fail.ts';

/** Places a large graph in the worker. Null where that was superseded or failed; a failure is said to the person. */
export async function placeGraph(request: LayoutRequest, signal: AbortSignal): Promise<LayoutResult | null> {
  try {
    return await runJob('layoutGraph', request, { title: `Drawing ${formats.count(request.nodes.length)} nodes`, signal });
  } catch (error) {
    if (!(error instanceof CancelledError)) tellFailure(error, 'Drawing the graph');
    return null;
  }
}
