/** What was asked for: as it came, why it did not, or, where an older answer is shown, that it is one. */
import type { ComponentChildren } from 'preact';
import { Failed, Loading } from './empty.js';
import type { Loaded } from './loaded.js';
import { Said } from './said.js';

interface Props<T> {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}

export function Found<T>({ loaded, children }: Props<T>) {
  const { value, error, reload } = loaded;
  if (value === null) return error === null ? <Loading /> : <Failed why={error} onRetry={reload} />;
  return (
    <>
      <NotRefreshed loaded={loaded} />
      {children(value)}
    </>
  );
}

/** For what shows its last answer by itself. */
export function NotRefreshed({ loaded: { value, error, reload } }: { readonly loaded: Loaded<unknown> }) {
  if (error === null || value === null) return null;
  return (
    <p class="notice" role="status">
      What is shown here is older: it could not be loaded again, because <Said text={error} />.{' '}
      <button type="button" class="link" onClick={reload}>
        Try again
      </button>
    </p>
  );
}
