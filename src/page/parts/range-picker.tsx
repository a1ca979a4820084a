import { useLayoutEffect } from 'preact/hooks';
import { nowMs } from '../clock.js';
import { clock, utc } from '../format.js';
import { onKey } from '../keys.js';
import { lookAt, lookAtLast, type Range, type Span, SPANS } from '../range.js';

interface Props {
  readonly range: Range;
  /** Where `0` and the button lead back to. */
  readonly home: Span;
}

/** The same in every view with a time in it: spans, the fixed times when there are any, and keys. */
export function RangePicker({ range, home }: Props) {
  useRangeKeys(range, home);
  return (
    <div class="range-picker">
      {range.span === null && (
        <>
          <span class="range-fixed" title={`${utc(range.fromMs)} – ${utc(range.toMs)}`}>
            {clock(range.fromMs, nowMs())} – {clock(range.toMs, nowMs())}
          </span>
          <button
            type="button"
            onClick={() => {
              lookAtLast(home);
            }}
          >
            Back to now
          </button>
        </>
      )}
      <select
        aria-label="Time range"
        value={range.span ?? ''}
        onChange={({ currentTarget }) => {
          lookAtLast(currentTarget.value as Span);
        }}
      >
        {range.span === null && <option value="">Chosen times</option>}
        {SPANS.map((span) => (
          <option key={span} value={span}>
            Last {span.replace(/[mhd]/, (unit) => ` ${unit}`)}
          </option>
        ))}
      </select>
    </div>
  );
}

function useRangeKeys({ fromMs, toMs }: Range, home: Span): void {
  useLayoutEffect(() => {
    const length = toMs - fromMs;
    const keys: readonly (readonly [string[], () => void])[] = [
      [
        ['+', '='],
        () => {
          lookAt(fromMs + length / 2, toMs);
        },
      ],
      [
        ['-'],
        () => {
          lookAt(fromMs - length, toMs);
        },
      ],
      [
        ['ArrowLeft'],
        () => {
          lookAt(fromMs - length / 4, toMs - length / 4);
        },
      ],
      [
        ['ArrowRight'],
        () => {
          lookAt(fromMs + length / 4, toMs + length / 4);
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
  }, [fromMs, toMs, home]);
}
