import { JOBS } from '../../core/jobs/index.ts';
import { portPipe, type PortLike } from '../../core/rpc/port-pipe.ts';
import { serve } from '../../core/rpc/serve.ts';

// The page compiles with the DOM library, where `self` is a window; here it is the worker's own scope.
serve(JOBS, portPipe(self as unknown as PortLike));
