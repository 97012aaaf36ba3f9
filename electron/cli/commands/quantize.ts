import { floatBytes, packedSize } from '../../../core/analysis/size.ts';
import { StudioError } from '../../../core/base/errors.ts';
import type { ImportedModel } from '../../../core/jobs/contract.ts';
import type { Plan } from '../../../core/schemes/scheme.ts';
import { JSON_OPTION, printJson } from '../command.ts';
import type { Command } from '../command.ts';
import { DATA_OPTIONS, openDataFor } from '../data.ts';
import { sizeText } from '../figures.ts';
import { openModel } from '../network.ts';
import { PLAN_OPTIONS, readPlan } from '../plan.ts';
import { calibrateFor } from '../state.ts';
import { writeNetwork } from '../write-network.ts';

export const quantize: Command = {
  name: 'quantize',
  summary: 'Chooses a precision for each layer and calibrates it on a few samples, without training.',
  positionals: ['MODEL'],
  options: {
    ...PLAN_OPTIONS,
    stored: { value: null, help: 'The precisions that the file already has its layers in, such as those of a quantised TensorFlow Lite file.' },
    data: { ...DATA_OPTIONS.data, required: true },
    label: DATA_OPTIONS.label,
    preprocess: DATA_OPTIONS.preprocess,
    out: { value: 'FILE', help: 'A variant, or a packed network where the name ends in .bitw.', required: true },
    ...JSON_OPTION,
  },
  oneOf: { options: ['scheme', 'plan', 'stored'], required: true },
  examples: [
    'bitwright quantize resnet8.h5 --scheme int8 --data cifar10/ --out resnet8-int8.bitvar',
    'bitwright quantize mnist-8.onnx --plan plan.json --data t10k/ --out mnist.bitw',
  ],
  async run(args, terminal) {
    const imported = await openModel(args.positionals[0], terminal);
    const { model, fileName } = imported;
    const plan = (await readPlan(args, model.graph, terminal)) ?? storedPlan(imported);
    const { data, preprocess } = (await openDataFor(args, terminal, { kind: 'model', imported }))!;
    const calibration = await calibrateFor(imported, data, preprocess, terminal);
    const out = args.text('out')!;
    const bytes = await writeNetwork(out, { name: fileName, model, plan, calibration, reference: model, preprocess });
    const [packedBytes, float] = [packedSize(model.graph, plan).totalBytes, floatBytes(model.graph)];
    if (args.flag('json')) return printJson(terminal, { out, bytes, packedBytes, floatBytes: float, preprocess, calibrationSamples: calibration.samples, plan });
    terminal.print(`Wrote ${out}. Packed, the network is ${sizeText(packedBytes, float)}.`);
    terminal.print(`Measure it: bitwright evaluate ${out} --data ${args.text('data')} --preprocess ${preprocess}`);
  },
};

function storedPlan({ plan, fileName }: ImportedModel): Plan {
  if (Object.keys(plan).length > 0) return plan;
  throw new StudioError('All layers of the file are real numbers.', { where: fileName, next: 'Choose a precision with --scheme or --plan.' });
}
