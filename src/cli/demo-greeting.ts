/** What the demo says to whoever started it. */
import { demoProgramme } from '../simulator/demo/run-demo.js';

export interface DemoAddresses {
  readonly url: string;
  readonly readUrl: string;
  readonly database: string;
  readonly intervalMs: number;
}

export function greeting({ url, readUrl, database, intervalMs }: DemoAddresses): string {
  return `
  Open ${readUrl}/ in a browser: a simulated contact centre, live, with a day behind it.

  What happens there, in minutes from now:

${demoProgramme(intervalMs)
  .map(([seconds, text]) => `    ${minutes(seconds)}  ${text}`)
  .join('\n')}

  Then it goes on for as long as you like: sessions last minutes, and every few seconds something changes.
  The hatched stripe on the timeline, two hours back, is the service being down; what it missed is inferred.

    ${readUrl}/#/timeline                where each campaign group stood, and when
    ${readUrl}/#/callbacks               callbacks, open and finished
    ${readUrl}/docs                      the API; for Prometheus: ${readUrl}/metrics

  Posts go to ${url}/ocs/{source}/campaign-group-state and ${url}/gms/{source}/callback-events.
  Records are in ${database}; a later start goes on from there. To start afresh: rm ${database}*
  Ctrl-C stops it.

`;
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, '0')}`;
}
