import type { IpcMain, IpcMainEvent, MessagePortMain } from 'electron';
import type { HostServices } from '../../core/host/contract.ts';
import type { Pipe } from '../../core/rpc/pipe.ts';
import { serve } from '../../core/rpc/serve.ts';
import { isStudioAddress } from './address.ts';
import { HOST_PORT_CHANNEL } from './channel.ts';

/** The one message that the main process listens to: a page's end of a fresh MessageChannel. */
export function serveHostPorts(ipc: IpcMain, services: HostServices): void {
  const served = new Map<number, () => void>();
  ipc.on(HOST_PORT_CHANNEL, (event) => {
    const [port] = event.ports;
    if (!port) return;
    if (!isStudioPage(event)) return port.close();
    // A reload leaves the earlier document's port behind.
    served.get(event.sender.id)?.();
    served.set(event.sender.id, serve(services, mainPortPipe(port)));
  });
}

/** The main frame of a window that shows the studio's page; a frame that is already gone is null. */
function isStudioPage(event: IpcMainEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && isStudioAddress(frame.url);
}

/** A port that ends in another process: buffers are copied, never moved. */
function mainPortPipe(port: MessagePortMain): Pipe {
  return {
    send: (message) => port.postMessage(message),
    onMessage(listener) {
      const receive = (event: { readonly data: unknown }): void => listener(event.data);
      port.on('message', receive);
      port.start();
      return () => void port.off('message', receive);
    },
    onClose(listener) {
      const closed = (): void => listener('The page has closed.');
      port.once('close', closed);
      return () => void port.off('close', closed);
    },
  };
}
