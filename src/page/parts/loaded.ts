/** Data a view asks for: loaded when what it depends on changes, dropped when the view goes. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { model } from '../model.js';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** `key` names what is asked for; the last answer stays while the next is awaited. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; error: string | null; isLoading: boolean }>({
    value: null,
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
        if (!ending.signal.aborted) setState({ value, error: null, isLoading: false });
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        setState((known) => ({ ...known, error: why, isLoading: false }));
      },
    );
    return () => {
      ending.abort();
    };
  }, [key, turn]);
  return { ...state, reload };
}
