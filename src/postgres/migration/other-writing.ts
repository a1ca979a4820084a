/** Puts what any store tells beside campaign groups under the numbers that PostgreSQL makes of contents. */
import { type Cells, type MovedRow, textIn, without } from '../../apply/migration/moved-row.js';
import { bodyBytes } from '../../apply/quarantine-rows.js';
import type { Digest } from '../../domain/identity.js';
import type { Violation } from '../../domain/notification.js';
import { ATTACHMENTS, CALLBACKS, EVENTS, INTERACTIONS, LEGACY, NOTIFICATIONS } from '../callback-shapes.js';
import { callbackKey, legacyKey } from '../keys.js';
import type { Shape } from '../shape.js';
import { BODIES } from '../shapes.js';
import { FIRST_LIFE, type Written } from './group-writing.js';
import { WHOLE } from './other-units.js';

/** Whose runs those are that were moved: of no receiver that may start again. */
const MOVED_RECEIVER = 'moved';

const OF_CALLBACKS: ReadonlyMap<string, Shape> = new Map(
  [EVENTS, ATTACHMENTS, NOTIFICATIONS, INTERACTIONS].map((shape) => [shape.table, shape as Shape]),
);

export class OtherWriting {
  readonly #digest: Digest;
  #runs = 0;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  written({ table, values }: MovedRow): Written {
    const { shape, own } = this.#place({ table, values });
    return { shape, row: { ...(without(values, ['of_source', 'of_service_id']) as Written['row']), ...own } };
  }

  #place({ table, values }: MovedRow): { readonly shape: Shape; readonly own: Written['row'] } {
    const text = (name: string) => textIn(values, name);
    const callbackNo = (source: string, serviceId: string) => callbackKey(this.#digest, source, serviceId, FIRST_LIFE);
    const ofCallback = OF_CALLBACKS.get(table);
    if (ofCallback !== undefined) {
      const source = text('of_source');
      return { shape: ofCallback, own: { source, callback_no: callbackNo(source, text('of_service_id')) } };
    }
    switch (table) {
      case 'callbacks':
        return {
          shape: CALLBACKS,
          own: { callback_no: callbackNo(text('source'), text('service_id')), life: FIRST_LIFE },
        };
      case 'legacy_callback_events': {
        const no = legacyKey(this.#digest, text('source'), text('digest'), FIRST_LIFE);
        return { shape: LEGACY, own: { life: FIRST_LIFE, legacy_no: no } };
      }
      case 'quarantine':
        return { shape: BODIES, own: { life: FIRST_LIFE, bytes: bytesOf(values) } };
      case 'uptime':
        return { shape: WHOLE.uptime.shape, own: { receiver: MOVED_RECEIVER, run_no: ++this.#runs } };
      case 'vocabulary':
        return { shape: WHOLE.vocabulary.shape, own: { place: 0 } };
      default:
        return { shape: wholeShape(table), own: {} };
    }
  }
}

function wholeShape(table: string): Shape {
  const whole = (WHOLE as Readonly<Record<string, { readonly shape: Shape }>>)[table];
  if (whole === undefined) throw new Error(`${table} is none that is moved`);
  return whole.shape;
}

function bytesOf(values: Cells): number {
  const bytes = values['body'] as Uint8Array;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return bodyBytes(text, JSON.parse(textIn(values, 'violations')) as Violation[]);
}
