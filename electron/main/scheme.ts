import type { Protocol } from 'electron';
import { STUDIO_SCHEME } from '../../core/host/handshake.ts';
import type { PageHandler } from '../host/page.ts';
import { pageHeaders } from '../host/page-headers.ts';
import { isStudioAddress } from './address.ts';

/** Before the app is ready. Not bypassCSP, corsEnabled or allowServiceWorkers: one origin needs none of them. */
export function registerScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: STUDIO_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
  ]);
}

export function handleScheme(protocol: Protocol, page: PageHandler): void {
  protocol.handle(STUDIO_SCHEME, (request) => {
    if (isStudioAddress(request.url)) return page(request);
    return new Response('There is no such page.\n', { status: 404, headers: pageHeaders('/', 'text/plain; charset=utf-8') });
  });
}
