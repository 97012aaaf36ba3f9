import type { App, Session, WebContents } from 'electron';
import { allowedLink } from '../host/links.ts';
import { isStudioAddress } from './address.ts';

/** Writing what the person copies is the only thing the page may ask the machine for. */
const PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

export function permits(permission: string, askedBy: string): boolean {
  return PERMISSIONS.has(permission) && isStudioAddress(askedBy);
}

/** Every permission is refused unless listed; devices and screen capture always. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, decide, details) => {
    decide(permits(permission, details.requestingUrl ?? contents?.getURL() ?? ''));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => permits(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
}

/** For every web contents that will ever exist: none leaves the page, opens a window or embeds another one. */
export function guardContents(app: App, openLink: (url: string) => Promise<void>): void {
  app.on('web-contents-created', (_event, contents) => guard(contents, openLink));
}

function guard(contents: WebContents, openLink: (url: string) => Promise<void>): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isStudioAddress(event.url)) event.preventDefault();
  };
  // Three events, because none covers all: links, frames, and answers that redirect.
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    const link = allowedLink(url);
    if (link !== null) void openLink(link);
    return { action: 'deny' };
  });
}
