import { STUDIO_SCHEME } from '../../core/host/handshake.ts';

/**
 * True only for addresses of the studio's own page. Compared by parts: to Node's URL class the origin of any scheme it
 * does not know is the text "null".
 */
export function isStudioAddress(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === `${STUDIO_SCHEME}:` && url.host === 'studio' && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}
