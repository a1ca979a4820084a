/** Nothing was received yet: what to set up. It goes by itself with the first post. */
import { setUpSteps } from '../set-up.js';
import { Empty } from './empty.js';

export function NothingReceived() {
  const base = new URL('.', location.href.split('#', 1)[0]).href.replace(/\/$/, '');
  return (
    <Empty title="Nothing received yet">
      <p>The service listens. This page shows the first campaign group as soon as it is heard of.</p>
      <ol class="steps">
        {setUpSteps(base).map(({ what, code }) => (
          <li key={code}>
            {what}
            <pre tabIndex={0}>{code}</pre>
          </li>
        ))}
      </ol>
    </Empty>
  );
}
