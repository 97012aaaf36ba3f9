// The training benchmark inside Chromium: a module worker, as the studio's own jobs are.
import { createStepper, type Question } from './steps.ts';

const answer = createStepper((start) => {
  const helper = new Worker('/thread.js', { type: 'module' });
  helper.postMessage(start);
  return helper;
});

addEventListener('message', (event: MessageEvent<Question>) => {
  answer(event.data).then(
    (result) => postMessage({ answer: result }),
    (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
