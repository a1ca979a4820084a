import { eventually } from '../../support/eventually.js';

const DRAINED_WITHIN_SECONDS = 90;
/** The page of thousands of groups is megabytes: asked for all the time, it took a core from those who drain. */
const LOOKS_EVERY_MS = 500;

/** Resolves when a receiver has its database, and holds nothing that this has not. */
export async function drained(url: string, withinSeconds = DRAINED_WITHIN_SECONDS): Promise<void> {
  await eventually(
    async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const of = (name: string) => Number(new RegExp(`^ocs_monitor_${name} (\\S+)`, 'm').exec(metrics)?.[1]);
      const [isUp, items] = [of('store_up') === 1, of('spool_items')];
      if (!isUp || items !== 0) throw new Error(`${url}: ${isUp ? `${String(items)} posts are spooled` : 'away'}`);
    },
    withinSeconds * 1000,
    LOOKS_EVERY_MS,
  );
}
