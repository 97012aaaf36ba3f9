import { codedWeights, layerNode } from '../analysis/diagnosis/evidence.ts';
import { weightPicture } from '../analysis/diagnosis/weight-picture.ts';
import { createRandom } from '../base/random.ts';
import { PREPROCESS, type DataSet, type PreprocessId } from '../data/data-set.ts';
import type { DataFacts, ExportContext } from '../export/context.ts';
import { elementCount } from '../graph/graph.ts';
import { hashModel } from '../graph/print.ts';
import { deploy } from '../runtime/deploy.ts';
import type { Program } from '../runtime/program.ts';
import { calibrationSplit, sampleReader } from './batches.ts';
import type { ExportSubject } from './contract.ts';
import { replayState } from './replay.ts';

/** Noise stands in where there is no data set: it proves the arithmetic, and no accuracy is reported for it. */
function noiseReader(program: Program): (index: number) => Float32Array {
  const size = elementCount(program.network.buffers[program.network.inputs[0]].shape);
  return (index) => {
    const random = createRandom(index + 1);
    return Float32Array.from({ length: size }, () => random.normal());
  };
}

/** Preprocessed test samples one at a time, or noise; the same buffer each time. */
export function samplesOf(program: Program, data: DataSet | null, preprocess: PreprocessId): (index: number) => Float32Array {
  return data ? sampleReader(data, 'test', preprocess) : noiseReader(program);
}

function dataFacts(data: DataSet, preprocess: PreprocessId): DataFacts {
  const { name, hash, format, classes, test } = data;
  return { name, hash, format, classes, testCount: test.count, calibrationSplit: calibrationSplit(data), preprocess: { id: preprocess, ...PREPROCESS[preprocess] } };
}

/** Everything that exporters may tell of a network. */
export function contextOf(program: Program, { state, data, preprocess, origin = {} }: ExportSubject, progress: { readonly signal: AbortSignal; readonly report: (count: { readonly done: number; readonly total: number }) => void }): ExportContext {
  const { reference = state.model, sourceName = null, grids = {}, training, measured, command = null } = origin;
  const isTrained = training !== undefined || (reference !== state.model && hashModel(reference) !== hashModel(state.model));
  return {
    state,
    reference,
    sourceName,
    data: data && dataFacts(data, preprocess),
    training: isTrained ? (training ?? 'unknown') : null,
    measured: { accuracy: null, floatAccuracy: null, speed: null, ...measured },
    command,
    picture: (layer) => weightPicture(codedWeights(state, layerNode(state, layer)).coded, null),
    sample: samplesOf(program, data, preprocess),
    replay: async (recipe) => deploy(await replayState({ recipe, model: reference, grids, data, training: null }, progress)),
  };
}
