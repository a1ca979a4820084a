/** The field that narrows campaign groups; the key `/` leads to it, Enter and `↓` from it to the list. */
import { isComposing } from '../keys.js';

interface Props {
  readonly value: string;
  readonly onSearch: (text: string) => void;
  readonly onLeave: () => void;
}

export function GroupSearch({ value, onSearch, onLeave }: Props) {
  return (
    <input
      type="search"
      id="search"
      class="search"
      dir="auto"
      placeholder="Search name, DBID, queue…"
      aria-label="Search campaign groups"
      title="By name, DBID, campaign, group, queue"
      value={value}
      onInput={({ currentTarget }) => {
        onSearch(currentTarget.value);
      }}
      onKeyDown={(event) => {
        const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isComposing(event));
        if (!isPlain || (event.key !== 'Enter' && event.key !== 'ArrowDown')) return;
        event.preventDefault();
        onLeave();
      }}
    />
  );
}
