/** Names of a network may be any text; what stands in C code is made of letters, digits and underscores alone. */

const LONGEST_IDENTIFIER = 48;

/** The name of the files: what file systems and #include take everywhere, of the length of the name. */
export function fileStem(name: string): string {
  return name.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[.-]/, '_') || 'network';
}

/** What every public name begins with. Names that begin with an underscore or a digit are not a program's to give. */
export function identifierOf(name: string): string {
  const text = fileStem(name).replace(/[^A-Za-z0-9_]/g, '_').slice(0, LONGEST_IDENTIFIER);
  return /^[A-Za-z]/.test(text) ? text : `network_${text.replace(/^_+/, '')}`;
}

/** Text within a comment: nothing that ends it, begins another or continues a line. */
export function commentText(text: string): string {
  return text.replace(/[^A-Za-z0-9 _.:/+×-]|\/(?=\/)/g, '_').replaceAll('×', 'x').slice(0, 100);
}
