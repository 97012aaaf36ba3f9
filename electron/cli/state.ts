import type { DataSet, PreprocessId } from '../../core/data/data-set.ts';
import type { ImportedModel } from '../../core/jobs/contract.ts';
import { JOBS } from '../../core/jobs/index.ts';
import { CALIBRATION_SAMPLES, type Calibration } from '../../core/quant/calibration.ts';
import type { Terminal } from './terminal.ts';

export async function calibrateFor({ model, grids }: Pick<ImportedModel, 'model' | 'grids'>, data: DataSet, preprocess: PreprocessId, terminal: Terminal): Promise<Calibration> {
  const report = ({ done, total }: { done: number; total: number }): void => terminal.progress.show('Calibrating', done, total);
  const calibration = await JOBS.calibrate({ model, data, preprocess, samples: CALIBRATION_SAMPLES, grids }, { signal: terminal.signal, report });
  terminal.progress.clear();
  return calibration;
}
