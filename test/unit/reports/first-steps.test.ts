import { describe, expect, it } from 'vitest';
import {
  firstSteps,
  type Installation,
  poolSize,
  receivingUrl,
  responseTimeoutSeconds,
  STEP_KEYS,
} from '../../../src/reports/first-steps.js';

const installation = (more: Partial<Installation> = {}): Installation => ({
  ...{ origins: ['http://monitor:8080'], basePath: '', source: 'eu-1', tls: false, secret: 'none' },
  ...{
    intervalSeconds: 10,
    groups: 20,
    ackP99Seconds: 0.01,
    bodyLimitBytes: 262_144,
    limitsNetworks: false,
    pii: 'masked',
  },
  ...more,
});
const valueOf = (name: string, more: Partial<Installation> = {}) =>
  firstSteps(installation(more))
    .flatMap(({ options }) => options)
    .find((option) => option.name === name)?.value;
const textOf = (more: Partial<Installation> = {}) => JSON.stringify(firstSteps(installation(more)));

describe('the pool', () => {
  it('is groups ÷ interval × the time of an answer, rounded up, and never under five', () => {
    expect(poolSize({ groups: 300, intervalSeconds: 10, ackP99Seconds: 0.25 })).toBe(8);
    expect(poolSize({ groups: 300, intervalSeconds: 10, ackP99Seconds: 0.005 })).toBe(5);
    expect(valueOf('http-connection-pool-size', { groups: 2000, intervalSeconds: 20, ackP99Seconds: 0.1 })).toBe('10');
  });

  it('reckons with a second an answer until some are measured, and with an interval of 10 s where there is none', () => {
    expect(poolSize({ groups: 300, intervalSeconds: null, ackP99Seconds: null })).toBe(30);
    expect(poolSize({ groups: null, intervalSeconds: 10, ackP99Seconds: null })).toBe(5);
  });

  it('stays a number when answers are slower than what is measured', () => {
    expect(poolSize({ groups: 100, intervalSeconds: 10, ackP99Seconds: Infinity })).toBe(300);
  });
});

describe('the timeout', () => {
  it('is four times the answers measured, in whole seconds, and five at least', () => {
    expect([0.001, 1, 1.3, 2.5, Infinity, null].map(responseTimeoutSeconds)).toEqual([5, 5, 6, 10, 30, 5]);
  });
});

describe('the URI', () => {
  it('has the base path first, then the token, then the source', () => {
    expect(valueOf('campaigngroup-states-uri', { basePath: '/ocm', secret: 'token', origins: ['https://m'] })).toBe(
      'https://m/ocm/t/TOKEN/ocs/eu-1/campaign-group-state',
    );
  });

  it('leaves out the token where none opens the door, and the source where it is the default', () => {
    expect(valueOf('campaigngroup-states-uri', { secret: 'certificate', source: 'default' })).toBe(
      'http://monitor:8080/ocs/campaign-group-state',
    );
    expect(receivingUrl('http://m', installation(), 'gms', 'callback-events')).toBe(
      'http://m/gms/eu-1/callback-events',
    );
    expect(valueOf('_status_notification_target', { secret: 'either' })).toBe(
      'http://monitor:8080/t/TOKEN/gms/eu-1/status-notifications',
    );
  });
});

describe('the steps', () => {
  it('come in a fixed order, and name the chain of callbacks', () => {
    expect(firstSteps(installation()).map(({ key }) => key)).toEqual(STEP_KEYS);
    expect(valueOf('send-campaigngroup-states')).toBe('true');
    expect(valueOf('campaigngroup-states-interval', { intervalSeconds: 20 })).toBe('20');
    expect(valueOf('store-event-data')).toBe('all');
    expect(valueOf('_status_notification_type')).toBe('httpcb');
  });

  it('say what depends on the installation, and only then', () => {
    expect(textOf()).not.toMatch(/TOKEN|OCM_TLS|OCM_INGEST_NETWORKS/);
    expect(textOf({ secret: 'token' })).toMatch(
      /OCM_INGEST_TOKENS.*anyone who listens on the network can read the token/,
    );
    expect(textOf({ tls: true, secret: 'token' })).toMatch(/speaks TLS only/);
    expect(textOf({ tls: true, secret: 'token' })).not.toMatch(/anyone who listens/);
    expect(textOf({ limitsNetworks: true })).toMatch(/OCM_INGEST_NETWORKS/);
    expect(textOf({ intervalSeconds: null })).toMatch(/OCM_PERIODIC_INTERVAL is 0 here/);
    expect(textOf({ origins: ['http://a', 'http://b'] })).toMatch(/can reach: http:\/\/a\/.* or http:\/\/b\//);
  });
});
