import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { decodeTextIn } from '../../src/ingest/decode-text.js';
import { makeJudge } from '../../src/ingest/judge.js';
import { ENUMERATIONS } from '../../src/ocs/enumerations.js';
import { compileNotificationSchema } from '../../src/schemas.js';

const NOW_MS = Date.UTC(2026, 10, 20, 8, 30, 0);

/** The body in the README's curl command, as a shell would fill it in. */
function readmeBody(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, body = ''] = /--data-binary @- <<BODY\n(.*?)\nBODY\n/s.exec(readme) ?? [];
  return body.replace('$(date +%s)', String(NOW_MS / 1000));
}

it('the body that the README posts with curl is applied without a warning', () => {
  const judge = makeJudge({
    decodeTextOf: () => decodeTextIn('utf-8'),
    validate: compileNotificationSchema().validate,
    enumerations: ENUMERATIONS,
    maxClockAheadMs: 3_600_000,
  });
  const delivery = {
    endpoint: 'campaign-group-state',
    source: 'default',
    receivedAtMs: NOW_MS,
    bytes: readmeBody(),
  } as const;

  const judgement = judge(delivery, NOW_MS);

  expect(judgement).toMatchObject({ warnings: [], notification: { dbid: '118', atMs: NOW_MS } });
});
