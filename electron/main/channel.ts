/** The only IPC channel there is. */
export const HOST_PORT_CHANNEL = 'bitwright:host-port';
