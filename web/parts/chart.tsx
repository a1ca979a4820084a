/** A line over time by uPlot, with a cursor for the mouse, for fingers and for keys, and the same figures as a table. */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useCell } from '../cell.js';
import { nowMs } from '../clock.js';
import { theme } from '../preferences.js';
import { printing } from '../printing.js';
import { lookAt } from '../range.js';
import { say } from '../say.js';
import { type ChartInput, shownChart, type ShownChart, wordsAt } from '../shown-chart.js';
import { stepOf } from '../steps.js';
import { CHART_HEIGHT, moveCursor, optionsOf } from './chart-drawing.js';
import { ChartTable } from './chart-table.js';
import { followFingers, pinched } from './touch.js';

export function Chart(input: ChartInput) {
  const { kind, data, stepSeconds, range, gaps, gapsFromMs, goal, limit } = input;
  const shown = useMemo(
    () => shownChart(input),
    [kind, data, stepSeconds, range.fromMs, range.toMs, gaps, gapsFromMs, goal, limit],
  );
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLParagraphElement>(null);
  const held = usePlot(box, tip, shown);
  return (
    <>
      <div
        class="chart-box"
        ref={box}
        // Keys that a screen reader would take for itself belong to the chart.
        role="application"
        aria-roledescription="chart"
        aria-label={`${kind.label} over time. Arrow keys, Page Up, Page Down, Home and End move along the samples; the table below has the same figures.`}
        tabIndex={0}
        onKeyDown={(event) => {
          const words = held.current?.take(event) ?? null;
          if (words !== null) say(`${kind.label}, ${words}`);
        }}
        onBlur={() => {
          held.current?.leave();
        }}
      />
      {shown.scale.isLog && (
        <p class="quiet chart-scale">Log scale: the highest figures are many times the usual ones.</p>
      )}
      <p class="chart-tip" ref={tip} aria-hidden="true" />
      <ChartTable shown={shown} />
    </>
  );
}

interface Ref<T> {
  readonly current: T;
}

/** Makes the plot, and makes it anew when it looks otherwise. */
function usePlot(box: Ref<HTMLDivElement | null>, tip: Ref<HTMLElement | null>, shown: ShownChart): Ref<Cursor | null> {
  const latest = useRef(shown);
  latest.current = shown;
  const plot = useRef<uPlot | null>(null);
  const cursor = useRef<Cursor | null>(null);
  const colours = useCell(theme);
  const isPrinting = useCell(printing);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(
      optionsOf(element, {
        shown: () => latest.current,
        onCursor: (plot) => {
          if (tip.current !== null) tip.current.textContent = wordsUnder(plot, latest.current);
        },
        onZoom: (fromMs, toMs) => {
          lookAt(fromMs, toMs, 'push');
        },
      }),
      [[], []],
      element,
    );
    plot.current = made;
    cursor.current = new Cursor(made, () => latest.current);
    const ends = [followSize(made, element), followColours(made), followTouch(made, () => latest.current)];
    return () => {
      for (const end of ends) end();
      made.destroy();
      plot.current = null;
    };
  }, [shown.kind.name]);
  useEffect(() => {
    const { line, scale, range } = shown;
    const placed = line.values.map((value) => (value === null ? null : scale.place(value)));
    plot.current?.setData([line.at, placed], false);
    plot.current?.setScale('x', { min: range.fromMs / 1000, max: range.toMs / 1000 });
    cursor.current?.stay();
  }, [shown]);
  // Before the browser takes the page to paper.
  useLayoutEffect(() => {
    plot.current?.redraw(false, true);
  }, [colours, isPrinting]);
  return cursor;
}

function followSize(plot: uPlot, element: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0 && !printing.value) plot.setSize({ width: element.clientWidth, height: CHART_HEIGHT });
  });
  observer.observe(element);
  return () => {
    observer.disconnect();
  };
}

function followColours(plot: uPlot): () => void {
  const ending = new AbortController();
  for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
    matchMedia(query).addEventListener(
      'change',
      () => {
        plot.redraw(false, true);
      },
      { signal: ending.signal },
    );
  return () => {
    ending.abort();
  };
}

function followTouch(plot: uPlot, shown: () => ShownChart): () => void {
  return followFingers(plot.over, {
    onScrub: (left) => {
      moveCursor(plot, left, plot.over.clientHeight / 2);
    },
    onPinch: (from, to) => {
      const span = pinched(shown().range, from, to);
      if (span !== null) lookAt(span.fromMs, span.toMs, 'push');
    },
  });
}

function wordsUnder(plot: uPlot, shown: ShownChart): string {
  const { idx, left = -1 } = plot.cursor;
  if (left < 0 || shown.data.at.length === 0) return '';
  const row = nearestRow(shown, idx ?? 0);
  return wordsAt(shown, row, plot.posToVal(left, 'x') * 1000, nowMs());
}

/** Of a point of the line, which may be a break. */
function nearestRow({ line }: ShownChart, index: number): number {
  return line.rows[index] ?? line.rows[index - 1] ?? line.rows[index + 1] ?? 0;
}

/** The cursor that keys move from sample to sample; it stays with its sample while time goes on. */
class Cursor {
  readonly #plot: uPlot;
  readonly #shown: () => ShownChart;
  /** The time of the sample it is at. */
  #at: number | null = null;

  constructor(plot: uPlot, shown: () => ShownChart) {
    this.#plot = plot;
    this.#shown = shown;
  }

  /** Does what a key is for; what to say then, or null for a key that is for others. */
  take(event: KeyboardEvent): string | null {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return null;
    if (key === 'Escape') {
      // Tab leads on from here: the focus stays.
      event.preventDefault();
      this.leave();
      return null;
    }
    const rows = this.#rows();
    const current = this.#at === null ? null : rows.findIndex(({ at }) => at === this.#at);
    const target = stepOf(key, rows.length, current);
    if (target === null) return null;
    event.preventDefault();
    const row = rows[target];
    if (row === undefined) return 'no samples in this time';
    return this.#moveTo(row);
  }

  leave(): void {
    if (this.#at === null) return;
    this.#at = null;
    moveCursor(this.#plot, -10, -10);
  }

  /** After the plot got other data or another range. */
  stay(): void {
    if (this.#at === null) return;
    const { at } = this.#shown().data;
    const row = at.indexOf(this.#at);
    if (row >= 0) this.#moveTo({ at: this.#at, row });
  }

  #rows(): Row[] {
    const { data, kind, range } = this.#shown();
    return data.at
      .map((at, row) => ({ at, row }))
      .filter(({ at, row }) => (data[kind.name].mean[row] ?? null) !== null && at * 1000 >= range.fromMs);
  }

  #moveTo({ at, row }: Row): string {
    const { place } = this.#shown().scale;
    const value = this.#shown().data[this.#shown().kind.name].mean[row] ?? 0;
    this.#at = at;
    const [left, top] = [this.#plot.valToPos(at, 'x'), this.#plot.valToPos(place(value), 'y')];
    moveCursor(this.#plot, left, top);
    return wordsAt(this.#shown(), row, at * 1000, nowMs());
  }
}

interface Row {
  readonly at: number;
  readonly row: number;
}
