/** The last body as it was received, on demand. */
import { useState } from 'preact/hooks';
import { getJson } from '../api.js';
import { visible } from '../bidi.js';
import { bytes } from '../format.js';
import { Failed, Loading } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { Clock } from '../parts/time.js';

interface Body {
  readonly received_at: string | null;
  readonly outcome: string | null;
  readonly size_bytes: number | null;
  readonly body: string | null;
  readonly reason: string | null;
}

export function LastBody({ path }: { readonly path: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="panel"
      onToggle={({ currentTarget }) => {
        setOpen(currentTarget.open);
      }}
    >
      <summary>Last body received</summary>
      {isOpen && <Shown path={path} />}
    </details>
  );
}

function Shown({ path }: { readonly path: string }) {
  const { value, error, reload } = useLoaded(path, (signal) => getJson<Body>(`${path}/last-body`, {}, signal));
  if (value === null) return error === null ? <Loading /> : <Failed why={error} onRetry={reload} />;
  if (value.body === null) return <p class="quiet panel-body">{value.reason ?? 'It is not text.'}</p>;
  return (
    <div class="panel-body body-shown">
      <p class="quiet">
        Received <Clock at={value.received_at} seconds />, {value.outcome}, {bytes(value.size_bytes ?? 0)}{' '}
        <button type="button" onClick={reload}>
          Read again
        </button>
      </p>
      <pre tabIndex={0}>{indented(value.body)}</pre>
    </div>
  );
}

/** JSON with line breaks; anything else as it is, but that nothing in it is unseen. */
export function indented(text: string): string {
  try {
    return visible(JSON.stringify(JSON.parse(text), null, 2));
  } catch {
    return visible(text);
  }
}
