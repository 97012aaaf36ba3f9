import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRandom } from '../../../core/base/random.ts';
import { elementCount, layersOf, type Model } from '../../../core/graph/graph.ts';
import { readNetwork } from '../../../core/import/index.ts';
import { calibrate } from '../../../core/quant/calibrate.ts';
import { writePacked } from '../../../core/export/packed/write.ts';
import { planUniformly } from '../../../core/analysis/plans.ts';
import { bake } from '../../../core/runtime/bake.ts';
import { NO_CALIBRATION, watchFloat } from '../../../core/runtime/watch.ts';
import { layerFacts } from '../../../core/schemes/layer-facts.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { NetworkBuilder } from '../../fixtures/networks.ts';
import { NETWORK_CASES } from './cases.ts';
import type { NetworkFile } from './run.ts';

/** Only time is measured: ranges of noise serve as well as those of images. */
const CALIBRATION_SAMPLES = 8;

/** The small VGG of the binary literature for 32×32 images: six 3×3 convolutions, 128 to 512 channels, one dense layer. */
function vggSmall(): Model {
  const net = new NetworkBuilder(21, [1, 32, 32, 3]);
  let value = 'input';
  [128, 128, 256, 256, 512, 512].forEach((channels, i) => {
    value = net.relu(`relu${i}`, net.batchNorm(`bn${i}`, net.conv(`conv${i}`, value, channels)));
    if (i % 2 === 1) value = net.maxPool(`pool${i}`, value);
  });
  net.dense('dense', net.flatten('flatten', value), 10);
  return net.build('VGG-small');
}

const FILES: Readonly<Record<string, string>> = {
  'ResNet-8': 'models/mlperf-tiny/pretrainedResnet.h5',
  'MobileNetV1-0.25': 'models/mlperf-tiny/vww_96.h5',
};

async function modelNamed(network: string): Promise<Model | null> {
  if (network === 'VGG-small') return vggSmall();
  const path = join(resolve(process.env['BITWRIGHT_DATA'] ?? '../shared/data'), FILES[network] ?? network);
  if (!existsSync(path)) {
    console.log(`Skipped: ${network} (${path} is absent; set BITWRIGHT_DATA).`);
    return null;
  }
  return (await readNetwork([{ name: path, bytes: new Uint8Array(readFileSync(path)) }])).model;
}

/** The ends and the 1×1 convolutions int8, every other layer as named. */
function planFor({ graph }: Model, scheme: 'xnor' | 'int8'): Plan {
  const { plan } = planUniformly(graph, scheme);
  const points = layersOf(graph).filter((layer) => {
    const [height, width] = layerFacts(graph, layer).kernelShape;
    return layer.op === 'conv2d' && height * width === 1;
  });
  return { ...plan, ...Object.fromEntries(points.map((layer) => [layer.id, { scheme: 'int8' }])) };
}

/** Every network of the benchmark as the packed files that the studio ships: quantised, and float32 with batch norm folded. */
export async function networkFiles(only: string): Promise<readonly NetworkFile[]> {
  const files: NetworkFile[] = [];
  for (const { title, network, plan } of NETWORK_CASES) {
    const model = title.includes(only) ? await modelNamed(network) : null;
    if (!model) continue;
    const random = createRandom(17);
    const image = (): Float32Array => Float32Array.from({ length: elementCount(model.graph.inputs[0].shape) }, () => random.uniform(0, 1));
    const calibration = await calibrate(model, watchFloat(model), image, CALIBRATION_SAMPLES, { observer: 'mse' });
    files.push({
      network, plan,
      ours: writePacked(bake(model, planFor(model, plan), calibration)),
      float: writePacked(bake(model, {}, NO_CALIBRATION)),
    });
  }
  return files;
}
