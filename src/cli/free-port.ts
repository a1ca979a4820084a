import { createServer } from 'node:net';

/** Ports tried after the wanted one. */
const PORTS_TRIED = 20;
const LAST_PORT = 65_535;

/** The first port from `port` on that can be listened on, near the wanted one; null when none is. */
export async function freePortFrom(host: string, port: number, wanted: number): Promise<number | null> {
  if (wanted === 0) return 0;
  for (let tried = port; tried <= Math.min(wanted + PORTS_TRIED, LAST_PORT); tried++) {
    if (await isFree(host, tried)) return tried;
  }
  return null;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
