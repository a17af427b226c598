/** Ports of this machine: which is free, and whether a given one is. */
import { createServer } from 'node:net';

/** A port nobody listens on now; the preferred one when it is free. */
export async function freePort(preferred = 0): Promise<number> {
  return (await listenBriefly(preferred, '127.0.0.1')) ?? (await freePort());
}

/** Whether somebody listens on the port already, on any of this machine's addresses. */
export async function portIsBusy(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
    if ((await listenBriefly(port, host)) === undefined) return true;
  }
  return false;
}

/** Resolves to the port it could listen on, and to undefined when the port is taken. */
function listenBriefly(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      // A machine without IPv6 cannot have the port taken there.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(port);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
