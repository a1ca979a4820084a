import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { clock, utc } from '../format.js';
import { onKey } from '../keys.js';
import {
  instantIn,
  isUnreadable,
  LAST_MONTH,
  lookAtLast,
  lookFrom,
  pan,
  type Range,
  type Span,
  SPANS,
  written,
  zoom,
} from '../range.js';
import { route } from '../route.js';
import { Menu } from './menu.js';

export interface RangeChoice {
  readonly range: Range;
  /** Where `0` and the button lead back to. */
  readonly home: Span;
  /** False where the view shows the present whatever is chosen: it goes along to others, and into files. */
  readonly isOfView?: boolean;
}

/** That what is shown is not the present, and the way back to it; with the keys for both. Always in sight. */
export function RangeState({ range, home, isOfView = true }: RangeChoice) {
  useRangeKeys(range, home, isOfView);
  const { parameters } = useCell(route);
  return (
    <>
      <span role="status">
        {isUnreadable(parameters) && (
          <span class="range-fixed">
            The time in the link cannot be read{range.span !== null && `: these are the last ${range.span}`}.{' '}
          </span>
        )}
        {range.span === null && (
          <span class="range-fixed" title={`${utc(range.fromMs)} – ${utc(range.toMs)}`}>
            {isOfView ? 'Not live: ' : 'Chosen: '}
            {clock(range.fromMs, nowMs())} – {clock(range.toMs, nowMs())}
          </span>
        )}
      </span>
      {range.span === null && (
        <button
          type="button"
          class={isOfView ? 'primary' : ''}
          title={isOfView ? '0' : undefined}
          onClick={() => {
            lookAtLast(home);
          }}
        >
          Back to now
        </button>
      )}
    </>
  );
}

/** The same in every view with a time in it: spans, and two times as one writes them. */
export function RangePicker({ range, isOfView = true }: RangeChoice) {
  const isLastMonth = useCell(route).parameters['range'] === LAST_MONTH && range.span === null;
  return (
    <div class="range-picker">
      <select
        aria-label="Time range"
        title={isOfView ? undefined : 'Of the timeline, the charts and the files'}
        value={isLastMonth ? LAST_MONTH : (range.span ?? '')}
        onChange={({ currentTarget }) => {
          lookAtLast(currentTarget.value as Span | typeof LAST_MONTH);
        }}
      >
        {range.span === null && !isLastMonth && <option value="">Chosen times</option>}
        {SPANS.map((span) => (
          <option key={span} value={span}>
            Last {span.replace(/[mhd]/, (unit) => ` ${unit}`)}
          </option>
        ))}
        <option value={LAST_MONTH}>Last month</option>
      </select>
      <Menu label="From – to">{(close) => <RangeFields range={range} onDone={close} />}</Menu>
    </div>
  );
}

const LIKE = 'a time like 2026-11-20T08:00, 2026-11-20 or 2026-W47';

interface FieldsProps {
  readonly range: Range;
  readonly onDone: () => void;
}

/** Two times by the viewer's clock. An end that is left empty is now. */
function RangeFields({ range, onDone }: FieldsProps) {
  const [from, setFrom] = useState(written(range.fromMs));
  const [to, setTo] = useState(range.span === null ? written(range.toMs) : '');
  const [fault, setFault] = useState<string | null>(null);
  const show = (event: Event) => {
    event.preventDefault();
    const told = faultOf(from, to);
    setFault(told);
    if (told !== null) return;
    lookFrom(instantIn(from) ?? 0, instantIn(to) ?? nowMs(), 'push');
    onDone();
  };
  return (
    <form class="range-fields" onSubmit={show}>
      <Field label="From" value={from} onWrite={setFrom} />
      <Field label="To, not included" value={to} onWrite={setTo} />
      <p class="quiet">Like 2026-11-20, 2026-11-20 08:00, 2026-11 or the week 2026-W47. Without an end: until now.</p>
      <p class="tone-trouble" role="alert">
        {fault}
      </p>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  );
}

/** What is wrong with two times as they are written; null: nothing. */
function faultOf(from: string, to: string): string | null {
  const [fromMs, toMs] = [instantIn(from), instantIn(to)];
  if (fromMs === null) return `From should be ${LIKE}.`;
  if (toMs === null && to.trim() !== '') return `To should be ${LIKE}, or empty.`;
  return fromMs < (toMs ?? nowMs()) ? null : 'From should be before To, and before now.';
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onWrite: (text: string) => void;
}

function Field({ label, value, onWrite }: FieldProps) {
  return (
    <label>
      {label}
      <input
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={value}
        onInput={({ currentTarget }) => {
          onWrite(currentTarget.value);
        }}
      />
    </label>
  );
}

function useRangeKeys(range: Range, home: Span, hasKeys: boolean): void {
  const known = useRef(range);
  known.current = range;
  useLayoutEffect(() => {
    if (!hasKeys) return undefined;
    const keys: readonly (readonly [string[], () => void])[] = [
      [
        ['+', '='],
        () => {
          zoom(known.current, 'in');
        },
      ],
      [
        ['-'],
        () => {
          zoom(known.current, 'out');
        },
      ],
      [
        ['ArrowLeft'],
        () => {
          pan(known.current, 'earlier');
        },
      ],
      [
        ['ArrowRight'],
        () => {
          pan(known.current, 'later');
        },
      ],
      [
        ['0'],
        () => {
          lookAtLast(home);
        },
      ],
    ];
    const ends = keys.map(([names, act]) => onKey(names, act));
    return () => {
      for (const end of ends) end();
    };
  }, [home, hasKeys]);
}
