import { StudioError } from '../../base/errors.ts';
import { elementCount } from '../../graph/graph.ts';
import { SCHEMES } from '../../schemes/index.ts';
import type { LoweredNetwork, ParameterSlot, Program, StepParameters } from '../../runtime/program.ts';
import { ByteReader, crc32 } from './bytes.ts';
import { ALIGNMENT, CHECKSUM_BYTES, MAGIC, slotBytes, VERSION } from './layout.ts';
import { readStructure } from './structure.ts';

export function isPacked(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === MAGIC;
}

function slotValues(slot: ParameterSlot, bytes: Uint8Array): Float32Array | Int32Array | Int8Array {
  if (slot.type === 'codes') return SCHEMES[slot.scheme].unpack(bytes, slot.facts);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return slot.type === 'float32'
    ? Float32Array.from({ length: slot.count }, (_, i) => view.getFloat32(i * 4, true))
    : Int32Array.from({ length: slot.count }, (_, i) => view.getInt32(i * 4, true));
}

/** Sizes that a run would trust: a step's arrays and tensors must fit its geometry. */
function checkLayers(network: LoweredNetwork, reader: ByteReader): void {
  for (const step of network.steps) {
    if (step.kind !== 'layer') continue;
    const { geometry: g } = step;
    const input = elementCount(network.buffers[step.inputs[0]].shape);
    const output = elementCount(network.buffers[step.output].shape);
    const codes = step.parameters.find((slot) => slot.name === 'codes' || slot.name === 'kernel');
    const perGroup = g.op === 'depthwise-conv2d' ? g.outputChannels : g.inputChannels * g.outputChannels;
    const fits =
      input === g.inputHeight * g.inputWidth * g.inputChannels &&
      output === g.outputHeight * g.outputWidth * g.outputChannels &&
      codes?.count === g.kernelHeight * g.kernelWidth * perGroup &&
      g.strideY > 0 && g.strideX > 0 && g.dilationY > 0 && g.dilationX > 0;
    if (!fits) reader.fail(`the sizes of layer ${step.node} do not agree`);
    if ((step.scheme === 'float32') !== (codes.name === 'kernel')) reader.fail(`layer ${step.node} has the weights of another scheme`);
  }
}

/** Reads a packed network without trusting it. `name` is the file's name, for messages. */
export function readPacked(bytes: Uint8Array, name: string): Program {
  const reader = new ByteReader(bytes, name);
  if (reader.u32('the magic number') !== MAGIC) {
    throw new StudioError('This is not a packed Bitwright network.', { where: name, next: 'Choose a .bitw file.' });
  }
  const version = reader.u32('the version');
  if (version !== VERSION) {
    throw new StudioError(`This packed network has version ${version}; this studio reads version ${VERSION}.`, {
      where: name,
      next: version > VERSION ? 'Update Bitwright.' : 'Export it again.',
    });
  }
  const length = reader.u32('the file length');
  if (length !== bytes.length) reader.fail(`it should be ${length} bytes long and is ${bytes.length}`);
  const structureLength = reader.u32('the structure length');
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - CHECKSUM_BYTES).getUint32(0, true);
  if (crc32(bytes.subarray(0, bytes.length - CHECKSUM_BYTES)) !== checksum) reader.fail('its checksum does not match its contents');
  const start = reader.position;
  const network = readStructure(reader);
  reader.align(ALIGNMENT);
  if (reader.position - start !== structureLength) reader.fail('its structure has another length than its header says');
  checkLayers(network, reader);
  const parameters = network.steps.map((step): StepParameters =>
    Object.fromEntries(
      step.parameters.map((slot) => {
        const values = slotValues(slot, reader.raw(slotBytes(slot), `${slot.name} of ${step.node}`));
        reader.align(ALIGNMENT);
        return [slot.name, values] as const;
      }),
    ),
  );
  return { network, parameters };
}
