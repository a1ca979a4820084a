/** Asked for when the service wants a token, to read or to administer: the page keeps none, the service sets a cookie. */
import { useState } from 'preact/hooks';
import { ApiError, sendJson } from '../api.js';
import { model } from '../model.js';
import { Said } from '../parts/said.js';
import { tellTabs } from '../parts/sign-out.js';

interface Props {
  readonly to: 'read' | 'administer';
}

const WHY = {
  read: 'This service shows its campaign groups to those who have a read token; an admin token does more.',
  administer: 'You can already read. Replaying from the quarantine takes an admin token.',
} as const;

export function SignIn({ to }: Props) {
  const [why, setWhy] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const signIn = async (token: string) => {
    setAsking(true);
    const refusal = await refusalOf(token, to);
    setWhy(refusal);
    setAsking(false);
    if (refusal !== null) return;
    model.signedIn();
    tellTabs('in');
  };
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (isAsking) return;
        const field = event.currentTarget.elements.namedItem('token') as HTMLInputElement;
        void signIn(field.value);
      }}
    >
      <h1>{to === 'read' ? 'Sign in' : 'Sign in to administer'}</h1>
      <p>{WHY[to]}</p>
      <label>
        Token
        <input
          type="password"
          name="token"
          required
          autocomplete="current-password"
          aria-invalid={why !== null}
          aria-describedby={why === null ? undefined : 'sign-in-fault'}
        />
      </label>
      {why !== null && (
        <p class="tone-trouble" role="alert" id="sign-in-fault">
          <Said text={why} />
        </p>
      )}
      <div class="sign-in-buttons">
        <button type="submit" class="primary" aria-disabled={isAsking}>
          Sign in
        </button>
        {to === 'administer' && (
          <button
            type="button"
            onClick={() => {
              model.isSigningIn.set(false);
            }}
          >
            Back
          </button>
        )}
      </div>
    </form>
  );
}

const UNKNOWN = 'This token is not valid.';

/** Null when the token is good for it. That a service takes a token is not enough: what it is good for is asked for. */
async function refusalOf(token: string, to: Props['to']): Promise<string | null> {
  try {
    await sendJson('POST', 'session', { token });
  } catch (error) {
    return error instanceof ApiError && error.status === 401 ? UNKNOWN : (error as Error).message;
  }
  const session = await model.askSession();
  if (to === 'read' || session?.admin === true) return null;
  return session === null || session.anonymous ? UNKNOWN : 'This token is good for reading alone.';
}
