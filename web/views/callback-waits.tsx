/** How long callbacks waited, beside how long they were told. */
import type { CallbackWaits } from '../callback-types.js';
import { count } from '../format.js';
import { waitBuckets } from '../waits.js';

interface Props {
  readonly details: readonly CallbackWaits[];
  /** The newest of so many, where there are more. */
  readonly most: number;
}

export function Waits({ details, most: bound }: Props) {
  const buckets = waitBuckets(details);
  const most = Math.max(...buckets.flatMap(({ expected, waited }) => [expected, waited]), 1);
  const isEmpty = buckets.every(({ waited }) => waited === 0);
  return (
    <section class="panel" aria-labelledby="waits-title">
      <header>
        <h2 id="waits-title">Waits</h2>
        <span class="legend">
          <i class="key key-expected" /> expected when offered
        </span>
        <span class="legend">
          <i class="key key-waited" /> real
        </span>
        {details.length >= bound && <span class="quiet">newest {count(bound)}</span>}
      </header>
      {isEmpty ? (
        <p class="quiet panel-body">No finished callback in this time reports both.</p>
      ) : (
        <table class="waits">
          <thead class="hidden">
            <tr>
              <th>Wait</th>
              <th>Expected</th>
              <th>Real</th>
            </tr>
          </thead>
          <tbody>
            {buckets.map(({ label, expected, waited }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="wait-expected">
                  <span class="wait-count">{expected === 0 ? '' : count(expected)}</span>
                  <span class="wait-bar" style={{ '--share': expected / most }} />
                </td>
                <td class="wait-waited">
                  <span class="wait-bar" style={{ '--share': waited / most }} />
                  <span class="wait-count">{waited === 0 ? '' : count(waited)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
