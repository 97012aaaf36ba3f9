/** Hosts that the studio's own texts point to: papers, data sets, formats and the project's pages. */
const HOSTS: ReadonlySet<string> = new Set([
  'arxiv.org',
  'doi.org',
  'github.com',
  'keras.io',
  'onnx.ai',
  'www.cs.toronto.edu',
  'yann.lecun.com',
]);

/**
 * The address to hand to the system's browser, or null. Only plain https addresses of listed hosts: no other scheme
 * (file:, smb:, ms-*: run programs), no credentials, no port, nothing that parses differently than it reads.
 */
export function allowedLink(text: string): string | null {
  if (text.length > 2000 || !/^https:\/\/[\x21-\x7e]+$/.test(text) || text.includes('\\')) return null;
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '';
  // A host written in another form than it parses to (case, percent signs, numbers) is not worth the doubt.
  const asWritten = text.slice('https://'.length).split(/[/?#]/, 1)[0] === url.hostname;
  return plain && asWritten && HOSTS.has(url.hostname) ? url.href : null;
}
