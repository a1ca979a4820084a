/** What the domain page costs beside plain lines of as many samples, in CPU time of one process. */
import { domainPages } from './rows/scrape-size.js';

/** As many as the page of 10,000 groups has. */
const LINES = 290_000;
/** Compiled code and collected garbage differ from run to run: the cheapest one counts. */
const RUNS = 5;

export interface PageCost {
  /** Of a page that has everything to make, in units of the plain one. */
  readonly first: number;
  /** Of a page after one in which all was the same. */
  readonly next: number;
}

/** What anybody would write: one template per sample, joined and encoded. */
function plainPage(): Buffer {
  const lines: string[] = [];
  for (let line = 0; line < LINES; line++)
    lines.push(
      `ocs_plain{source="eu-1",tenant="Environment",campaign_group="Campaign ${line}",dbid="${line}"} ${line / 7}\n`,
    );
  return Buffer.from(lines.join(''));
}

async function cpuMs(run: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export async function pageCost(): Promise<PageCost> {
  const least = { plain: Infinity, first: Infinity, next: Infinity };
  for (let run = 0; run < RUNS; run++) {
    const domain = domainPages();
    const render = async () => {
      for (const page of await domain.render()) page.release();
    };
    least.first = Math.min(least.first, await cpuMs(render));
    least.next = Math.min(least.next, await cpuMs(render));
    least.plain = Math.min(least.plain, await cpuMs(plainPage));
  }
  return { first: least.first / least.plain, next: least.next / least.plain };
}
