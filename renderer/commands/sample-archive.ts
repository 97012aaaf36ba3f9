import { StudioError } from '../../core/base/errors.ts';

const ADDRESS = '/sample/digits-cnn.bitmodel';

/** The network of the sample that ships beside the page. */
export async function sampleArchive(): Promise<Uint8Array> {
  const response = await fetch(ADDRESS);
  if (!response.ok) throw new StudioError('The sample network is not part of this build.', { where: ADDRESS, next: 'Build the studio again.' });
  return new Uint8Array(await response.arrayBuffer());
}
