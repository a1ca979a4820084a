/** The field that narrows campaign groups; the key `/` leads to it. */
interface Props {
  readonly value: string;
  readonly onSearch: (text: string) => void;
}

export function GroupSearch({ value, onSearch }: Props) {
  return (
    <input
      type="search"
      id="search"
      class="search"
      dir="auto"
      placeholder="Search name, DBID, campaign, queue…"
      aria-label="Search campaign groups"
      value={value}
      onInput={({ currentTarget }) => {
        onSearch(currentTarget.value);
      }}
    />
  );
}
