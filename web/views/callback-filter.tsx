/** Narrows callbacks by queue (by source the bar does), and finds one by its id or by its customer's number. */
import { useRef, useState } from 'preact/hooks';
import { sendJson } from '../api.js';
import { isNumber, LEAST_DIGITS } from '../callback-search.js';
import { Pick } from '../parts/pick.js';
import { Said } from '../parts/said.js';
import { choose } from '../route.js';

interface Props {
  readonly search: string;
  readonly known: readonly { readonly queue: string | null }[];
}

/** Of names that may be chosen. */
const MOST_NAMES = 500;

export function CallbackFilter({ search, known }: Props) {
  // What is narrowed shows one name only: the others stay to be chosen.
  const queues = useRef(new Set<string>());
  for (const one of known) {
    if (one.queue !== null && queues.current.size < MOST_NAMES) queues.current.add(one.queue);
  }
  return (
    <div class="toolbar callback-filter">
      <CallbackSearch search={search} />
      <Pick name="queue" label="All queues" options={[...queues.current].sort()} />
    </div>
  );
}

/** What is typed stays here until it is known to be no number: a number is hashed, and never stands in the URL. */
function CallbackSearch({ search }: { readonly search: string }) {
  const [text, setText] = useState(search);
  const [failure, setFailure] = useState<string | null>(null);
  const find = async () => {
    setFailure(null);
    const asked = text.trim();
    if (!isNumber(asked)) {
      choose({ find: asked, phone_hash: '' });
      return;
    }
    try {
      const { phone_hash: hash } = await sendJson<{ phone_hash: string }>('POST', 'phone-hash', { number: asked });
      choose({ find: '', phone_hash: hash });
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form
      class="callback-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void find();
      }}
    >
      <input
        type="search"
        id="search"
        class="search"
        dir="auto"
        autocomplete="off"
        placeholder="Service id or number…"
        aria-label="Find callbacks by service id or number"
        title={`A number is found from ${String(LEAST_DIGITS)} digits on`}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          if (currentTarget.value === '') choose({ find: '', phone_hash: '' });
        }}
      />
      <button type="submit">Find</button>
      {failure !== null && (
        <span class="quiet" role="alert">
          The number could not be looked for, because <Said text={failure} />.
        </span>
      )}
    </form>
  );
}
