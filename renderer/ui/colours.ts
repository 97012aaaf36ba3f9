/**
 * Tokens as colours that a canvas understands. A custom property keeps its `light-dark(…)` text, so each is read from
 * an element whose colour it is.
 */
const known = new Map<string, string>();
let probe: HTMLElement | null = null;

export function tokenColour(name: string): string {
  let colour = known.get(name);
  if (colour === undefined) {
    if (!probe?.isConnected) {
      probe = document.createElement('span');
      probe.hidden = true;
      // Where colours are forced, every element would answer with the same ink.
      probe.style.setProperty('forced-color-adjust', 'none');
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    colour = getComputedStyle(probe).color;
    known.set(name, colour);
  }
  return colour;
}

/** Calls the listener when the theme changes, by the person or by the system; forgets the old colours first. */
export function onThemeChange(listener: () => void): () => void {
  const change = (): void => {
    known.clear();
    listener();
  };
  const system = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  for (const query of system) query.addEventListener('change', change);
  const observer = new MutationObserver(change);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    for (const query of system) query.removeEventListener('change', change);
    observer.disconnect();
  };
}
