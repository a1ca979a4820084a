import { useEffect, useState } from 'preact/hooks';

/** As in the style sheets: below it rows become cards. */
const NARROW = matchMedia('(max-width: 760px)');

/** Whether the page is as narrow as a phone. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const follow = () => {
      setNarrow(NARROW.matches);
    };
    NARROW.addEventListener('change', follow);
    return () => {
      NARROW.removeEventListener('change', follow);
    };
  }, []);
  return isNarrow;
}
