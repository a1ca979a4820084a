/** People whose number stands wherever one may, in a spelling. */
import type { Delivery } from '../../src/domain/store.js';
import { aDelivery, eventPost, finalPost } from './callback-writer.js';
import { T0 } from './notifications.js';

const attached = (id: string, keys: object) =>
  aDelivery('attached-data', { interaction_id: `call of ${id}`, _CB_SERVICE_ID: id, ...keys });
const status = (id: string, keys: object) =>
  aDelivery('status-notifications', { event: '_cbe_on_callback_queued', _service_id: id, ...keys });

/** All posts of one person's callback; `other` is somebody else's number in one of them. */
export function plantedPosts(id: string, spelling: string, other: string): readonly Delivery[] {
  return [
    eventPost({
      _CB_SERVICE_ID: id,
      _CB_CUSTOMER_PHONE_NUMBER: spelling,
      _CB_CUSTOMER_ANI: spelling,
      _customer_name: 'Jane Doe',
    }),
    eventPost({ _CB_SERVICE_ID: id, note: { nested: [{ list: [`call ${spelling} back`] }] } }),
    finalPost({ _CB_SERVICE_ID: id, _CB_CUSTOMER_PHONE_NUMBER: spelling }),
    attached(id, { _CB_T_SERVICE_START: T0 / 1000, text: `x=${spelling}&y=1` }),
    status(id, { about: JSON.stringify({ number: spelling }) }),
    aDelivery('callback-events', { faulty: id, of: [{ number: spelling }, other] }),
  ];
}
