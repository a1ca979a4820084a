import { eventually } from '../../support/eventually.js';

const DRAINED_WITHIN_SECONDS = 90;
const LOOKS_EVERY_MS = 500;

interface AboutService {
  readonly store: { readonly spool: { readonly away_since: string | null; readonly items: number } };
}

/**
 * Resolves when a receiver has its database, and holds nothing that this has not. Not asked of `/metrics`: the page of thousands
 * of groups is megabytes, and took a core from those who drain.
 */
export async function drained(url: string, withinSeconds = DRAINED_WITHIN_SECONDS): Promise<void> {
  await eventually(
    async () => {
      const { store } = (await (await fetch(`${url}/api/v1/service`)).json()) as AboutService;
      const { away_since: away, items } = store.spool;
      if (away !== null || items > 0)
        throw new Error(`${url}: ${away === null ? `${String(items)} posts are spooled` : 'away'}`);
    },
    withinSeconds * 1000,
    LOOKS_EVERY_MS,
  );
}
