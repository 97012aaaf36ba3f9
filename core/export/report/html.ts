/** A piece of a page that is safe to stand in it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = Html | string | number | null | readonly (Html | string)[];

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return (piece as readonly (Html | string)[]).map(escaped).join('');
  // What is no character of a page, such as half a surrogate pair or a control, would be replaced by whoever reads it.
  return String(piece).replace(/[\x00-\x08\x0b-\x1f\x7f\p{Surrogate}]/gu, '\ufffd').replace(/[&<>"']/g, (sign) => SIGNS[sign]);
}

/** Text with everything that stands in it escaped, in elements and in quoted attributes. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(texts.reduce((sum, text, i) => sum + text + (i < pieces.length ? escaped(pieces[i]) : ''), ''));
}

/** JSON that may stand in a script element. */
export function jsonBlock(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/</g, '\\u003c').replace(/[\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`));
}
