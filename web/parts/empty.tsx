/** What stands where there is nothing to show: why, and what to do. */
import type { ComponentChildren } from 'preact';
import { Said } from './said.js';

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <section class="empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Loading() {
  return (
    <p class="quiet loading" role="status">
      Loading…
    </p>
  );
}

export function Failed({ why, onRetry }: { readonly why: string; readonly onRetry: () => void }) {
  return (
    <Empty title="This cannot be shown">
      <p>
        <Said text={why} />
      </p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </Empty>
  );
}
