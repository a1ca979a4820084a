/** The store: how large, how fast it grows, how long the disk lasts. */
import type { ComponentChildren } from 'preact';
import { bytes, duration, longDuration, utc } from '../format.js';
import { StateMark } from '../parts/mark.js';
import type { StoreInfo } from '../service-info.js';

export function StorePanel({ store }: { readonly store: StoreInfo }) {
  const isFull = store.nearly_full;
  return (
    <section class="panel" aria-labelledby="store-title">
      <header>
        <h2 id="store-title">Store</h2>
        {isFull && (
          <span class="trouble tone-trouble">
            <StateMark look={{ mark: 'alarm', tone: 'trouble' }} />
            Disk nearly full: when it is full, posts are refused and lost
          </span>
        )}
      </header>
      <dl class="facts panel-body">
        <Fact name="Size">{sizeWords(store.main_bytes)}</Fact>
        <Fact name="Write-ahead log">{sizeWords(store.wal_bytes)}</Fact>
        <Fact name="Growth per day">
          <Growth store={store} />
        </Fact>
        <Fact name="Free on its disk" isTrouble={isFull}>
          {sizeWords(store.free_bytes)}
        </Fact>
        <Fact name="Disk lasts" isTrouble={isFull}>
          {lastsWords(store)}
        </Fact>
        {store.spool && <SpoolFacts spool={store.spool} />}
        {store.damaged_chunks > 0 && (
          <Fact name="Samples that cannot be read" isTrouble>
            {`${String(store.damaged_chunks)} ${store.damaged_chunks === 1 ? 'hour' : 'hours'} of a campaign group`}
          </Fact>
        )}
        {store.failing.map(({ task, why }) => (
          <Fact key={task} name={FAILING_WORDS[task] ?? task} isTrouble>
            {why}
          </Fact>
        ))}
        <Fact name="Transitions are kept">{retentionWords(store.retention_seconds)}</Fact>
      </dl>
      <Kept store={store} />
    </section>
  );
}

const FAILING_WORDS: Readonly<Record<string, string>> = {
  compaction: 'Compressing fails',
  set_aside: 'Setting damage aside fails',
  retention: 'Removing what is too old fails',
  forgetting: 'Forgetting fails',
};

function SpoolFacts({ spool }: { readonly spool: NonNullable<StoreInfo['spool']> }) {
  const { away_since: since, why, items, bytes: size, limit_bytes: limit } = spool;
  return (
    <>
      {since !== null && (
        <Fact name="Database away" isTrouble>
          {`since ${utc(Date.parse(since))}: ${why ?? ''}. Posts are kept on the receiver`}
        </Fact>
      )}
      {items > 0 && (
        <Fact name="Waiting for the database" isTrouble={size > limit / 2}>
          {`${String(items)} ${items === 1 ? 'post' : 'posts'}, ${bytes(size)} of ${bytes(limit)}`}
        </Fact>
      )}
    </>
  );
}

interface FactProps {
  readonly name: string;
  readonly isTrouble?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ name, isTrouble = false, children }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isTrouble ? 'tone-trouble' : ''}>{children}</dd>
    </div>
  );
}

function Growth({ store }: { readonly store: StoreInfo }) {
  const { growth_bytes_per_day: perDay, growth_measured_seconds: seconds } = store;
  if (perDay === null) return <span class="unknown">Known after an hour</span>;
  const measured = `measured for ${duration(seconds * 1000)}`;
  return (
    <>
      {perDay === 0 ? 'None' : `${perDay < 0 ? '−' : '+'}${bytes(Math.abs(perDay))}`}{' '}
      <span class="quiet">{measured}</span>
    </>
  );
}

function sizeWords(size: number | null): string {
  return size === null ? 'The system does not say' : bytes(size);
}

function lastsWords({ full_in_seconds: fullIn, growth_bytes_per_day: perDay, free_bytes: free }: StoreInfo): string {
  if (fullIn !== null) return `${longDuration(fullIn * 1000)} at this growth`;
  return perDay === null || free === null ? 'Not known yet' : 'As long as it does not grow';
}

/** What is kept of each class: for how long, since when, and about how many bytes. */
function Kept({ store: { retention } }: { readonly store: StoreInfo }) {
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label="What is kept">
      <table class="table">
        <caption class="quiet">
          {retention.last_run_at === null
            ? 'What is too old is first removed a minute after the start, and then every hour'
            : `As of ${utc(Date.parse(retention.last_run_at))}`}
          {retention.limit_reached && '; at its limit: notifications go before their time'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Kept</th>
            <th scope="col">For</th>
            <th scope="col">Oldest</th>
            <th scope="col" class="number">
              Bytes, about
            </th>
          </tr>
        </thead>
        <tbody>
          {retention.classes.map((kept) => (
            <tr key={kept.class}>
              <th scope="row">{CLASS_WORDS[kept.class] ?? kept.class}</th>
              <td>{retentionWords(kept.kept_seconds)}</td>
              <td>{kept.oldest_at === null ? '–' : utc(Date.parse(kept.oldest_at))}</td>
              <td class="number">{kept.bytes === null ? '–' : bytes(kept.bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CLASS_WORDS: Readonly<Record<string, string>> = {
  notifications: 'Notifications',
  rollups: 'Quarters of an hour',
  history: 'Transitions and sessions',
  callbacks: 'Callbacks',
  quarantine: 'Quarantine',
  audit: 'Audit log',
};

function retentionWords(seconds: number | null): string {
  return seconds === null ? 'For ever' : longDuration(seconds * 1000);
}
