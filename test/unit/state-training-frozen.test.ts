import { expect, test } from 'vitest';
import { createRecorder } from '../../renderer/state/training-curves.ts';

test('a run goes on after a chart has frozen the curves that it was given', () => {
  const recorder = createRecorder();
  const report = (step: number) =>
    recorder.record({
      step,
      steps: 10,
      epoch: 1,
      epochs: 1,
      stage: 'Quantised',
      loss: 1 / step,
      learningRate: 1e-3,
      trainAccuracy: 0.5,
      imagesPerSecond: 100,
      secondsLeft: 1,
      activity: 'training',
      backend: 'tfjs on WebAssembly, 2 threads',
      layers: [{ layer: 'conv', flipRatio: 1e-3, scaleDrift: 0, sqnr: 5 }],
    });
  report(1);
  const { loss, accuracy, stages, trends } = recorder.curves();
  for (const list of [loss, accuracy, stages, trends['conv'].flips]) Object.freeze(list);
  report(2);
  expect(recorder.curves().loss).toHaveLength(2);
  expect(recorder.curves().trends['conv'].flips).toHaveLength(2);
});
