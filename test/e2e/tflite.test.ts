import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeBrowser, openStudio, type Studio } from './harness.ts';
import { hasRealData, MEASURE_MS, meterValue, realFile, waitMeasured } from './steps.ts';

/** A network that is quantised already, from its file to its accuracy. */
describe.skipIf(!hasRealData)('the int8 ResNet-8 of MLPerf Tiny', () => {
  let studio: Studio;
  beforeAll(async () => {
    studio = await openStudio();
    await studio.drop(['models/mlperf-tiny/pretrainedResnet_quant.tflite', 'cifar10-jpeg/lossless_test_ic01_200.bin', 'cifar10-jpeg/lossless_train_first4000.bin'].map(realFile));
    await studio.page.getByRole('treegrid').waitFor({ timeout: MEASURE_MS });
  });
  afterAll(async () => {
    await studio.close();
    await closeBrowser();
  });

  it('opens with all layers in INT8 and the 170 of 200 right answers that LiteRT gives', async () => {
    await waitMeasured(studio.page);
    expect(await meterValue(studio.page, 'Accuracy')).toBe('85.0');
    await studio.screenshot('tflite-studio');
  });
});
