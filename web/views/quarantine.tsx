/** The quarantine: why bodies could not be applied, what they are, and whether they can be now. */
import { useEffect, useState } from 'preact/hooks';
import type { QuarantinedBody, Violation } from '../api-types.js';
import { ApiError, getAll, getJson, sendJson } from '../api.js';
import { isolated } from '../bidi.js';
import { visible } from '../bidi.js';
import { useCell } from '../cell.js';
import { bytes, count, words } from '../format.js';
import { model } from '../model.js';
import { Failed, Loading } from '../parts/empty.js';
import { useLoaded } from '../parts/loaded.js';
import { NotRefreshed } from '../parts/found.js';
import { Said } from '../parts/said.js';
import { SteadyTable, useSteady } from '../parts/steady.js';
import { Clock } from '../parts/time.js';
import { choose, route } from '../route.js';
import { indented } from './last-body.js';

const MOST = 1000;
/** A flood of bad bodies is shown in steps, not one by one. */
const SETTLE_MS = 1000;

export function QuarantinePanel() {
  const { parameters } = useCell(route);
  const replayed = parameters['replayed'] === 'true' ? 'true' : '';
  const source = parameters['source'] ?? '';
  const loaded = useLoaded(`quarantine ${replayed} ${source}`, (signal) =>
    getAll<QuarantinedBody>('quarantine', { replayed, source }, MOST, signal),
  );
  const { value, error, reload } = loaded;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = model.on('quarantine', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, SETTLE_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [reload]);
  const reason = parameters['reason'] ?? '';
  const selected = parameters['body'] ?? '';
  // The list comes by first receipt, so that its pages hold still; here is what came last.
  const rows = (value ?? [])
    .filter((row) => reason === '' || row.reason === reason)
    .sort((a, b) => Date.parse(b.last_received_at) - Date.parse(a.last_received_at));
  const canReplay = rows.some(({ replayed_at }) => replayed_at === null);
  return (
    <section class="panel" aria-labelledby="quarantine-title">
      <header>
        <h2 id="quarantine-title">Quarantine</h2>
        <Reasons rows={value ?? []} selected={reason} />
        <span class="spring" />
        <label class="check">
          <input
            type="checkbox"
            checked={replayed === 'true'}
            onChange={({ currentTarget }) => {
              choose({ replayed: currentTarget.checked ? 'true' : '' });
            }}
          />
          Include replayed ones
        </label>
        {canReplay && <Replay reason={reason} source={source} onDone={reload} />}
      </header>
      <NotRefreshed loaded={loaded} />
      {error !== null && value === null ? (
        <Failed why={error} onRetry={reload} />
      ) : rows.length === 0 ? (
        <p class="quiet panel-body">{value === null ? 'Loading…' : emptyWords(source, reason)}</p>
      ) : (
        <QuarantineTable rows={rows} selected={selected} choice={`${replayed} ${reason} ${source}`} />
      )}
      {selected !== '' && <Shown key={selected} id={selected} onReplayed={reload} />}
    </section>
  );
}

/** A filter may have come along from another view: what it leaves out is not applied. */
function emptyWords(source: string, reason: string): string {
  if (source === '' && reason === '') return 'Empty: everything received is applied.';
  return `Nothing in quarantine${source === '' ? '' : ` of ${isolated(source)}`}${reason === '' ? '' : ' for this reason'}.`;
}

function Reasons({ rows, selected }: { readonly rows: readonly QuarantinedBody[]; readonly selected: string }) {
  const reasons = [...new Set(rows.map(({ reason }) => reason))].sort();
  return (
    <div class="reasons" role="group" aria-label="Filter by reason">
      {reasons.map((reason) => (
        <button
          key={reason}
          type="button"
          class="chip"
          aria-pressed={reason === selected}
          onClick={() => {
            choose({ reason: reason === selected ? '' : reason });
          }}
        >
          <b>{count(rows.filter((row) => row.reason === reason).length)}</b> {words(reason)}
        </button>
      ))}
    </div>
  );
}

interface TableProps {
  readonly rows: readonly QuarantinedBody[];
  readonly selected: string;
  readonly choice: string;
}

function QuarantineTable({ rows, selected, choice }: TableProps) {
  const { items, zone, bar, gone } = useSteady(rows, ({ id }) => id, choice);
  return (
    <SteadyTable label="quarantine-title" zone={zone} bar={bar}>
      <table class="table">
        <thead>
          <tr>
            <th>Last received</th>
            <th>Source</th>
            <th>Reason</th>
            <th>What is wrong</th>
            <th class="number">Times</th>
            <th class="number">Size</th>
          </tr>
        </thead>
        <tbody>
          {items.map((row) => (
            <tr key={row.id} class={`${row.id === selected ? 'is-selected' : ''}${gone.has(row.id) ? ' is-gone' : ''}`}>
              <td class="nowrap">
                <button
                  type="button"
                  class="link"
                  aria-expanded={row.id === selected}
                  onClick={() => {
                    choose({ body: row.id === selected ? '' : row.id });
                  }}
                >
                  <Clock at={row.last_received_at} seconds />
                </button>
              </td>
              <td>
                <Said text={row.source} />
              </td>
              <td class="nowrap">
                {words(row.reason)} {row.replayed_at !== null && <span class="tag">replayed</span>}
              </td>
              <td class="violations">
                <ViolationWords violations={row.violations} />
              </td>
              <td class="number">{count(row.count)}</td>
              <td class="number">{bytes(row.size_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </SteadyTable>
  );
}

function ViolationWords({ violations }: { readonly violations: readonly Violation[] }) {
  const [first] = violations;
  if (first === undefined) return null;
  return (
    <>
      <FieldName field={first.field} /> should be <Said text={first.rule} />
      <Found found={first.found} />
      {violations.length > 1 && ` and ${violations.length - 1} more`}
    </>
  );
}

function Found({ found }: Pick<Violation, 'found'>) {
  if (found === undefined || found === null) return null;
  return (
    <span class="quiet">
      , found <Said text={visible(typeof found === 'string' ? found : JSON.stringify(found))} />
    </span>
  );
}

/** Names of fields are the sender's, too. */
function FieldName({ field }: { readonly field: string }) {
  return <Said text={field === '' ? 'The body' : field} />;
}

interface Body extends QuarantinedBody {
  readonly body: string | null;
}

function Shown({ id, onReplayed }: { readonly id: string; readonly onReplayed: () => void }) {
  const path = `quarantine/${encodeURIComponent(id)}`;
  const { value, error, reload } = useLoaded(path, (signal) => getJson<Body>(path, {}, signal));
  if (value === null) return error === null ? <Loading /> : <Failed why={error} onRetry={reload} />;
  return (
    <div class="panel-body quarantined">
      <div class="quarantined-head">
        <h3>
          {words(value.endpoint.replaceAll('-', '_'))}, <Said text={value.source} />
        </h3>
        {value.replayed_at === null ? (
          <Replay
            id={id}
            onDone={() => {
              reload();
              onReplayed();
            }}
          />
        ) : (
          <p role="status">
            Replayed <Clock at={value.replayed_at} seconds />: it is applied.
          </p>
        )}
      </div>
      <ul class="violation-list">
        {value.violations.map(({ field, rule, found }, index) => (
          <li key={index}>
            <code>
              <FieldName field={field} />
            </code>{' '}
            should be <Said text={rule} />
            <Found found={found} />
          </li>
        ))}
      </ul>
      <pre tabIndex={0}>{value.body === null ? 'It is not text.' : indented(value.body)}</pre>
    </div>
  );
}

interface ReplayAnswer {
  readonly dry_run: boolean;
  readonly items: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly violations: readonly Violation[];
  }[];
  readonly failed: { readonly title: string; readonly detail: string } | null;
}

interface ReplayProps {
  readonly id?: string;
  readonly reason?: string;
  readonly source?: string;
  readonly onDone: () => void;
}

/** First what would happen, then the thing itself. */
function Replay({ id, reason = '', source = '', onDone }: ReplayProps) {
  const [told, setTold] = useState<string | null>(null);
  const [canReplay, setCanReplay] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const replay = async (isDryRun: boolean) => {
    setTold('Asking…');
    setCanReplay(false);
    const which = {
      ...(id !== undefined && { ids: [id] }),
      ...(reason !== '' && { reason }),
      ...(source !== '' && { source }),
    };
    const asked = { ...which, dry_run: isDryRun };
    try {
      const answer = await sendJson<ReplayAnswer>('POST', 'quarantine/replay', asked);
      const applied = answer.items.filter(({ outcome }) => outcome !== 'quarantined').length;
      const { failed } = answer;
      setTold(
        failed === null ? replayWords(applied, answer.items.length, isDryRun) : `${failed.title}: ${failed.detail}`,
      );
      setCanReplay(isDryRun && failed === null && applied > 0);
      if (!isDryRun) onDone();
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status === 401;
      setTold(isRefused ? 'Replaying needs an admin token.' : (error as Error).message);
      setRefused(isRefused);
    }
  };
  return (
    <div class="replay">
      <span class="quiet" role="status">
        {told !== null && <Said text={told} />}
      </span>
      {canReplay && (
        <button type="button" class="primary" onClick={() => void replay(false)}>
          Replay
        </button>
      )}
      {isRefused && (
        <button
          type="button"
          onClick={() => {
            model.isSigningIn.set(true);
          }}
        >
          Sign in with one
        </button>
      )}
      <button type="button" onClick={() => void replay(true)}>
        {id === undefined ? 'Try replaying these' : 'Try a replay'}
      </button>
    </div>
  );
}

function replayWords(applied: number, all: number, isDryRun: boolean): string {
  if (all === 0) return 'Nothing is left to replay.';
  const would = isDryRun ? 'could be applied now' : 'applied';
  return `${count(applied)} of ${count(all)} ${would}.`;
}
