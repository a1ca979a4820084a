import { describe, expect, it } from 'vitest';
import type { AcceptedArrival, RefusedArrival } from '../../../src/domain/arrival.js';
import { adviceOn, adviceOnAccepted } from '../../../src/reports/arrival-advice.js';

const refused = (more: Partial<RefusedArrival>): RefusedArrival => ({
  ...{
    firstAtMs: 0,
    lastAtMs: 0,
    count: 1,
    lastHour: 1,
    method: 'POST',
    path: '/ocs/campaign-group-state',
    source: 'default',
  },
  ...{ endpoint: 'campaign-group-state', status: 404, outcome: 'not-found', remoteAddress: '192.0.2.1', bytes: null },
  ...{ contentEncoding: null, offered: [], isReadToken: false, quarantineId: null, clockAheadSeconds: null },
  violations: [],
  ...more,
});
const nextOf = (path: string, basePath = '') => adviceOn(refused({ path }), basePath).next;

describe('advice on a wrong path', () => {
  it('names what is most likely meant', () => {
    expect(nextOf('/campaign-group-state')).toMatch(/^campaign-group-state belongs below \/ocs\. /);
    expect(nextOf('/gms/eu-1/campaign-group-state')).toMatch(/^campaign-group-state belongs below \/ocs\. /);
    expect(nextOf('/ocs/a/b/campaign-group-state')).toMatch(
      /^Between \/ocs\/ and campaign-group-state there may be one name/,
    );
    expect(nextOf('/ocs/campaign-group-state/eu-1')).toMatch(/^Nothing may follow campaign-group-state\. /);
    expect(nextOf('/gms/eu-1')).toMatch(/^After \/gms\//);
    expect(nextOf('/')).toMatch(/^Posts go to \/ocs\//);
  });

  it('names the base path, where it is missing and where it is not', () => {
    expect(nextOf('/ocs/campaign-group-state', '/ocm')).toMatch(
      /^Everything is served below \/ocm \(OCM_BASE_PATH\): \/ocm\/ocs/,
    );
    expect(nextOf('/ocm/campaign-group-state', '/ocm')).toMatch(
      /^campaign-group-state belongs below \/ocs\. Posts go to \/ocm\/ocs/,
    );
  });
});

describe('advice on other faults', () => {
  it('says a clock behind as well as one ahead', () => {
    const violations = [{ field: 'GSW_DATE_TIME', rule: 'not before the year 2000', found: '"7"' }];
    const advice = adviceOn(refused({ outcome: 'bad-timestamp', violations, clockAheadSeconds: -90 }), '');
    expect(advice.fault).toBe('wrong date-time: GSW_DATE_TIME is 90 s behind the clock here');
  });

  it('says what else is wrong beside a date-time', () => {
    const violations = [
      { field: 'GSW_DATE_TIME', rule: 'readable', found: '"soon"' },
      { field: 'GSW_CAMPAIGN_GROUP_DBID', rule: 'present', found: 'nothing' },
      { field: 'GSW_CAMPAIGN_GROUP_STATE', rule: 'a whole number', found: '"x"' },
    ];
    for (const clockAheadSeconds of [null, 7200]) {
      const { fault } = adviceOn(refused({ outcome: 'bad-timestamp', violations, clockAheadSeconds }), '');
      expect(fault).toMatch(/^wrong date-time: GSW_DATE_TIME is .+; besides, missing GSW_CAMPAIGN_GROUP_DBID; /);
      expect(fault).toMatch(/GSW_CAMPAIGN_GROUP_STATE should be a whole number, not "x"$/);
    }
  });

  it('says that a replay takes a record without its keys only behind a final one', () => {
    const violations = [{ field: '_CB_T_SERVICE_START', rule: 'present', found: 'nothing' }];
    const { next } = adviceOn(refused({ endpoint: 'callback-events', outcome: 'missing-key', violations }), '');
    expect(next).toMatch(/only when a final one of the same callback is held/);
  });

  it('has a word for a sender that went away, and for what nobody foresaw', () => {
    expect(adviceOn(refused({ outcome: 'aborted', status: null }), '').next).toMatch(/proxy/);
    expect(adviceOn(refused({ outcome: 'teapot', status: 418 }), '').fault).toBe('it was answered with 418 (teapot)');
  });
});

describe('advice on a good post', () => {
  const accepted: AcceptedArrival = {
    ...{ endpoint: 'campaign-group-state', source: 'eu-1', count: 1, lastAtMs: 0, outcome: 'refresh' },
    ...{ remoteAddress: '192.0.2.1', warnings: [] },
  };

  it('is silent without warnings, and tells a wrong encoding from other warnings', () => {
    expect(adviceOnAccepted(accepted)).toBeNull();
    const encoding = { field: 'GSW_GROUP_NAME', rule: 'in the encoding of its source', found: '"K\u00f6ln"' };
    expect(adviceOnAccepted({ ...accepted, warnings: [encoding] })?.next).toMatch(/encoding: windows-1252/);
    const odd = { field: 'GSW_DIAL_MODE', rule: 'a known number', found: '77' };
    expect(adviceOnAccepted({ ...accepted, warnings: [odd] })?.fault).toBe(
      'applied with warnings: GSW_DIAL_MODE should be a known number, not 77',
    );
  });
});
