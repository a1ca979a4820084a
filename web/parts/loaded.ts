/** Data a view asks for: loaded when what it depends on changes, dropped when the view goes. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { model } from '../model.js';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * `key` names what is asked for; the last answer stays while the next is awaited. When that does not come, an answer to the
 * same question stays, with `error` set; one to another question goes.
 */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { readonly valueKey: string | null }>({
    value: null,
    valueKey: null,
    error: null,
    isLoading: true,
  });
  const [turn, setTurn] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  const reload = useCallback(() => {
    setTurn((count) => count + 1);
  }, []);
  useEffect(() => model.on('reset', reload), [reload]);
  useEffect(() => {
    const ending = new AbortController();
    setState((known) => ({ ...known, isLoading: true }));
    loader.current(ending.signal).then(
      (value) => {
        if (!ending.signal.aborted) setState({ value, valueKey: key, error: null, isLoading: false });
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        setState(({ value, valueKey }) => ({
          ...(valueKey === key ? { value, valueKey } : { value: null, valueKey: null }),
          error: why,
          isLoading: false,
        }));
      },
    );
    return () => {
      ending.abort();
    };
  }, [key, turn]);
  const { value, error, isLoading } = state;
  return { value, error, isLoading, reload };
}
