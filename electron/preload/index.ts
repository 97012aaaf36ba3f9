import { ipcRenderer } from 'electron';
import { HOST_PORT_REPLY, HOST_PORT_REQUEST } from '../../core/host/handshake.ts';
import { HOST_PORT_CHANNEL } from '../main/channel.ts';

/** Hands the page one end of a channel to the host, once a document, and exposes nothing. */
function handOverPort(event: MessageEvent): void {
  if (event.source !== window || event.origin !== location.origin || event.data !== HOST_PORT_REQUEST) return;
  window.removeEventListener('message', handOverPort);
  const { port1, port2 } = new MessageChannel();
  ipcRenderer.postMessage(HOST_PORT_CHANNEL, null, [port2]);
  window.postMessage(HOST_PORT_REPLY, location.origin, [port1]);
}

window.addEventListener('message', handOverPort);
