/** Asked for when the service wants a read token: the page keeps none, the service sets a cookie. */
import { useState } from 'preact/hooks';
import { ApiError, sendJson } from '../api.js';
import { model } from '../model.js';

export function SignIn() {
  const [why, setWhy] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const signIn = async (token: string) => {
    setAsking(true);
    try {
      await sendJson('POST', 'session', { token });
      model.signedIn();
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status === 401;
      setWhy(isRefused ? 'The service does not know this token.' : (error as Error).message);
      setAsking(false);
    }
  };
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem('token') as HTMLInputElement;
        void signIn(field.value);
      }}
    >
      <h1>Sign in</h1>
      <p>This service shows its campaign groups to those who have a read token; an admin token does more.</p>
      <label>
        Token
        <input type="password" name="token" required autocomplete="current-password" />
      </label>
      {why !== null && (
        <p class="tone-trouble" role="alert">
          {why}
        </p>
      )}
      <button type="submit" class="primary" disabled={isAsking}>
        Sign in
      </button>
    </form>
  );
}
