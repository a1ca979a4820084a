/** Keeps an error in one part of the page to that part: the rest goes on, and the part says that it failed. */
import { Component, type ComponentChildren } from 'preact';
import { Said } from './said.js';

interface Props {
  /** What is missing when it fails, as a title: `Statistics`. */
  readonly what: string;
  /** How much room it has to say so: a row says it in one line. */
  readonly as?: 'view' | 'panel' | 'row';
  readonly children: ComponentChildren;
}

interface State {
  readonly error: unknown;
}

export class Boundary extends Component<Props, State> {
  override state: State = { error: null };

  static override getDerivedStateFromError(error: unknown): State {
    return { error: error ?? new Error('nothing is known of it') };
  }

  override componentDidCatch(error: unknown): void {
    // The browser's console has it as if nobody had caught it.
    reportError(error);
  }

  override render({ what, as = 'panel', children }: Props, { error }: State) {
    if (error === null) return children;
    const retry = () => {
      this.setState({ error: null });
    };
    return as === 'row' ? <BrokenRow error={error} /> : <Broken what={what} as={as} error={error} onRetry={retry} />;
  }
}

interface BrokenProps {
  readonly what: string;
  readonly as: 'view' | 'panel';
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** An error in the page itself: nothing that a download or the service could be blamed for. */
export function Broken({ what, as, error, onRetry }: BrokenProps) {
  return (
    <section class={as === 'view' ? 'empty' : 'panel broken'} role="alert">
      <h2>{what} cannot be shown</h2>
      <p>This is a fault of the page: the rest of it goes on, and nothing that was received is lost.</p>
      <p>
        <Said text={messageOf(error)} />
      </p>
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}

function BrokenRow({ error }: { readonly error: unknown }) {
  return (
    <p class="quiet broken-row">
      This row cannot be shown: <Said text={messageOf(error)} />
    </p>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
