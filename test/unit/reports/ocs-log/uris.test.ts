import { describe, expect, it } from 'vitest';
import { shownUri, slipOf } from '../../../../src/reports/ocs-log/uris.js';

const url = (text: string) => new URL(text);
const OURS = 'https://monitor.example/ocs/eu-1/campaign-group-state';

describe('a URI of an OCS log', () => {
  it.each([
    [OURS, null],
    ['https://MONITOR.example:443/ocs/eu-1/campaign-group-state/', null],
    ['https://user:pw@monitor.example/t/s3cret/ocs/eu-1/campaign-group-state?token=x', null],
    ['http://monitor.example/ocs/eu-1/campaign-group-state', 'scheme, port'],
    ['https://monitor.example:8443/ocs/eu-1/campaign-group-state', 'port'],
    ['https://monitro.example/ocs/eu-1/campaign-group-state', 'host'],
    ['https://monitor.example/ocs/eu-2/campaign-group-state', 'source name'],
    ['https://monitor.example/ocs/campaign-group-state', 'source name'],
    ['https://monitor.example/ocs/eu-1/campaign-group-states', 'path'],
    ['https://monitor.example/base/ocs/eu-1/campaign-group-state', 'path'],
    ['https://monitor.example/ocs/eu-1/campaign-group-state//', 'trailing slash'],
    ['monitor.example/ocs', 'not an HTTP URL'],
    ['ftp://monitor.example/ocs', 'not an HTTP URL'],
  ])('%s is held against the one that OCS should have: %s', (uri, slip) => {
    expect(slipOf(uri, { source: 'eu-1', url: url(OURS) })).toBe(slip);
  });

  it.each([
    ['http://any:1/base/ocs/eu-1/campaign-group-state', 'eu-1', null],
    ['http://any:1/ocs/campaign-group-state', 'default', null],
    ['http://any:1/ocs/default/campaign-group-state', 'default', null],
    ['http://any:1/ocs/eu%2D1/campaign-group-state', 'eu-1', null],
    ['http://any:1/ocs/eu%zz/campaign-group-state', 'eu-1', 'source name'],
    ['http://any:1/ocs/campaign-group-state', 'eu-1', 'source name'],
    ['http://any:1/elsewhere', 'eu-1', 'path'],
  ])('%s is known by its path where no URL is given, for source %s: %s', (uri, source, slip) => {
    expect(slipOf(uri, { source, url: null })).toBe(slip);
  });

  it('is shown without what may be secret', () => {
    expect(shownUri('https://user:pw@host/t/s3cret/ocs/a/campaign-group-state?token=x#y')).toBe(
      'https://***@host/t/***/ocs/a/campaign-group-state?***#y',
    );
    expect(shownUri(OURS)).toBe(OURS);
  });
});
