import { throwIfAborted } from '../base/errors.ts';
import { layoutLayers } from '../layout/layered.ts';
import type { Jobs } from './contract.ts';

export const layoutGraph: Jobs['layoutGraph'] = async (request, { signal }) => {
  // A request that was superseded while it waited is not worth a second of work.
  await Promise.resolve();
  throwIfAborted(signal);
  return layoutLayers(request);
};
