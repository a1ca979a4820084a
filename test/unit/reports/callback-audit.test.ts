import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Callback, newCallback } from '../../../src/domain/callback.js';
import type { CallbackRecord } from '../../../src/domain/callback-record.js';
import { emptyRecord } from '../../../src/gms/key-value-pairs.js';
import { CallbackAudit, type HeldServices, isAnythingAmiss } from '../../../src/reports/callback-audit.js';
import { T0 } from '../../support/notifications.js';

const HOUR_MS = 3_600_000;
const MOMENT = { nowMs: T0 + HOUR_MS, ttlMs: 24 * HOUR_MS };

interface Side {
  readonly start: string | null;
  readonly final: string | null;
}
interface Service {
  readonly here: Side;
  readonly there: Side;
  readonly accepted: boolean;
  readonly attached: { readonly here: boolean; readonly there: boolean };
}
const side = fc.record({ start: fc.constantFrom(null, 'a', 'b'), final: fc.constantFrom(null, 'a', 'b') });
const service: fc.Arbitrary<Service> = fc.record({
  here: side,
  there: side,
  accepted: fc.boolean(),
  attached: fc.record({ here: fc.boolean(), there: fc.boolean() }),
});
const idOf = (index: number) => `service-${index}`;
const isIn = ({ start, final }: Side) => start !== null || final !== null;

function recordOf(index: number, vq: string, isFinal: boolean, accepted: boolean): CallbackRecord {
  const said = { vq, finalRecord: isFinal ? 1 : null, accepted: accepted ? 1 : null, serviceStartMs: T0 };
  return { ...emptyRecord(idOf(index)), ...said };
}
const recordsOf = (index: number, { start, final }: Side, accepted: boolean) => [
  ...(start === null ? [] : [recordOf(index, start, false, accepted)]),
  ...(final === null ? [] : [recordOf(index, final, true, accepted)]),
];

function heldOf(services: readonly Service[]): HeldServices {
  const all = services.map(({ here, accepted, attached }, index) => {
    const events = recordsOf(index, here, accepted).map((record) => ({ record }));
    const record = events.at(-1)?.record ?? emptyRecord(idOf(index));
    const callback: Callback = {
      ...newCallback('default', record, T0),
      isFinal: here.final !== null,
      events: events.length,
      attachments: Number(attached.here),
    };
    return { callback, events };
  });
  const known = all.filter(({ events }) => events.length > 0);
  return {
    of: (serviceId) => known.find(({ callback }) => callback.serviceId === serviceId) ?? null,
    between: () => known.map(({ callback }) => callback),
  };
}

function audited(services: readonly Service[], order: readonly number[]) {
  const audit = new CallbackAudit(heldOf(services), MOMENT);
  const steps = services.flatMap(({ there, accepted, attached }, index) => {
    const events = recordsOf(index, there, accepted).map((record) => () => {
      audit.takeEvent({ serviceId: record.serviceId, atMs: T0, record, service: 'x', missing: [] });
    });
    const call = () => {
      audit.takeAttached(idOf(index));
    };
    return attached.there ? [...events, call] : events;
  });
  steps
    .map((step, at) => [order[at] ?? 0, step] as const)
    .sort(([a], [b]) => a - b)
    .forEach(([, step]) => {
      step();
    });
  return audit.finish();
}

describe('an audit of callbacks', () => {
  it('lists what one side lacks and what differs, no more and no less, in whatever order it is told', () => {
    fc.assert(
      fc.property(fc.array(service, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 24 }), (services, order) => {
        const report = audited(services, order);
        const ids = (isListed: (one: Service) => boolean) =>
          services.flatMap((one, index) => (isListed(one) ? [idOf(index)] : []));
        const listed = (list: readonly { readonly service_id: string }[]) =>
          list.map(({ service_id: id }) => id).toSorted();
        expect(listed(report.only_there)).toEqual(ids(({ here, there }) => isIn(there) && !isIn(here)));
        expect(listed(report.only_here)).toEqual(ids(({ here, there }) => isIn(here) && !isIn(there)));
        expect([report.services, report.known]).toEqual([
          ids(({ there }) => isIn(there)).length,
          ids(({ here, there }) => isIn(there) && isIn(here)).length,
        ]);
        const missing = (where: string, final: boolean) =>
          listed(report.events_missing.filter((one) => one.where === where && one.final === final));
        const both = ({ here, there }: Service) => isIn(here) && isIn(there);
        expect(missing('here', false)).toEqual(
          ids((one) => both(one) && one.there.start !== null && one.here.start === null),
        );
        expect(missing('here', true)).toEqual(
          ids((one) => both(one) && one.there.final !== null && one.here.final === null),
        );
        expect(missing('there', true)).toEqual(
          ids((one) => both(one) && one.here.final !== null && one.there.final === null),
        );
        const differs = (a: string | null, b: string | null) => a !== null && b !== null && a !== b;
        const count = ({ here, there }: Service) =>
          Number(differs(here.start, there.start)) + Number(differs(here.final, there.final));
        expect(listed(report.differing)).toEqual(
          services.flatMap((one, index) => Array<string>(count(one)).fill(idOf(index))),
        );
        const hasAttached = services.some(({ attached }) => attached.there);
        expect(listed(report.attached_data_missing)).toEqual(
          ids(
            ({ here, accepted, attached }) =>
              isIn(here) && accepted && (!attached.here || (hasAttached && !attached.there)),
          ),
        );
        const { length } = services.filter(
          (one) => both(one) && JSON.stringify(one.here) === JSON.stringify(one.there) && !one.accepted,
        );
        if (length === services.length) expect(isAnythingAmiss(report)).toBe(false);
      }),
    );
  });

  it('counts missing keys by day and template, but not those of a repeated record; masks numbers; tells who is open', () => {
    const here = { ...emptyRecord('s'), serviceStartMs: T0 - 48 * HOUR_MS, customerAni: '+15550100001' };
    const callback: Callback = {
      ...newCallback('default', here, T0 - 48 * HOUR_MS),
      events: 1,
      lastEventMs: T0 - 48 * HOUR_MS,
    };
    const audit = new CallbackAudit(
      { of: () => ({ callback, events: [{ record: here }] }), between: () => [callback] },
      MOMENT,
    );
    const atMs = T0 - 48 * HOUR_MS;
    const told = { serviceId: 's', atMs, service: 'in-queue', missing: [] };
    audit.takeEvent({ ...told, record: { ...here, customerAni: '+15550100002' } });
    audit.takeEvent({ ...told, record: here, missing: ['_CB_D_CALLBACK_OFFER'] });
    const other = { ...emptyRecord('t'), finalRecord: 1 };
    audit.takeEvent({ ...told, serviceId: 't', record: other });
    audit.takeEvent({ ...told, serviceId: 't', record: other, missing: ['_CB_D_CALLBACK_OFFER'] });
    const report = audit.finish();
    const day = new Date(atMs).toISOString().slice(0, 10);
    expect(report.missing_keys).toEqual([{ day, template: 'in-queue', key: '_CB_D_CALLBACK_OFFER', events: 1 }]);
    expect(report.differing).toEqual([
      {
        service_id: 's',
        key: '_CB_CUSTOMER_ANI',
        here: expect.stringMatching(/0001$/) as unknown,
        there: expect.stringMatching(/0002$/) as unknown,
      },
    ]);
    expect(JSON.stringify(report)).not.toContain('5550100');
    expect(report.open_too_long).toMatchObject([{ service_id: 's', here: true, there: true }]);
  });

  it('ends where there are more services than it keeps in mind', () => {
    const audit = new CallbackAudit({ of: () => null, between: () => [] }, MOMENT);
    expect(() => {
      for (let index = 0; index <= 1_000_000; index++) audit.takeAttached(String(index));
    }).toThrow(/more than 1000000 services/);
  });
});
