/** Cells that lists of callbacks have in common, in the order of their heads. */
import { isolated } from '../bidi.js';
import type { Callback } from '../callback-types.js';
import { hrefTo } from '../route.js';
import { Said } from './said.js';

export function StateCell({ what, why }: { readonly what: string; readonly why: string }) {
  return (
    <td>
      <Said text={what} />
      {why !== '' && <p class="quiet">{why}</p>}
    </td>
  );
}

type Where = Pick<Callback, 'queue' | 'channel'>;

export function WhereCells({ callback: { queue, channel } }: { readonly callback: Where }) {
  return (
    <>
      <td>
        <Said text={queue} />
      </td>
      <td>
        <Said text={channel} />
      </td>
    </>
  );
}

type Who = Pick<Callback, 'source' | 'service_id' | 'attempts' | 'customer_phone_number'>;

/** Attempts, the customer, and the way to its story. */
export function WhoCells({ callback }: { readonly callback: Who }) {
  const { source, service_id: id, attempts, customer_phone_number: number } = callback;
  return (
    <>
      <td class="number">{attempts ?? '–'}</td>
      <td class="nowrap">
        <Said text={number} />
      </td>
      <td class="nowrap">
        <a href={hrefTo('callback', id, { source })} title={isolated(id)}>
          {id.length > 12 && '…'}
          <Said text={id.slice(-12)} />
        </a>
      </td>
    </>
  );
}
