/** A line over time by uPlot. Colours are asked of the style sheet, so that light and dark are one table. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Statistic } from '../api-types.js';
import { useCell } from '../cell.js';
import { type ChartData, withGaps } from '../chart-data.js';
import { axisClock, clockSeconds } from '../format.js';
import { theme } from '../preferences.js';
import { lookAt, type Range } from '../range.js';

interface Props {
  readonly data: ChartData | null;
  readonly name: Statistic;
  readonly label: string;
  readonly range: Range;
  readonly top: number;
  readonly goal: number | null;
  /** Above it is trouble. */
  readonly limit: number | null;
  readonly format: (value: number | null) => string;
  readonly stepSeconds: number;
}

const HEIGHT = 180;
/** Charts with this key share their crosshair. */
const CROSSHAIR = 'statistics';
/** A goal is met when the figure is within this of it. */
const BAND = 0.05;

export function Chart(props: Props) {
  const { data, name, range, label, stepSeconds, goal, limit } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const colours = useCell(theme);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(latest, element), [[], []], element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => {
      made.redraw();
    };
    dark.addEventListener('change', redraw);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', redraw);
      made.destroy();
      plot.current = null;
    };
  }, [name, colours]);
  useEffect(() => {
    if (data !== null) plot.current?.setData(withGaps(data, name, stepSeconds), false);
    plot.current?.setScale('x', { min: range.fromMs / 1000, max: range.toMs / 1000 });
  }, [data, name, range.fromMs, range.toMs, stepSeconds, colours, goal, limit]);
  return <div class="chart-box" ref={box} role="img" aria-label={label} />;
}

interface Latest {
  readonly current: Props;
}

function optionsOf(latest: Latest, element: HTMLElement): uPlot.Options {
  const colour = (name: string) => () => resolved(element, name);
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: element.clientWidth || 400,
    height: HEIGHT,
    // Half of a time fits beside the end of the axis.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_plot, _least, most) => [0, topOf(latest.current, most)] },
    },
    axes: [
      {
        ...axis,
        size: 28,
        space: 70,
        values: (_plot, times) => {
          const [first = 0, second = Infinity] = times;
          return times.map((at) => axisClock(at * 1000, latest.current.range.toMs, (second - first) * 1000));
        },
      },
      {
        ...axis,
        size: 58,
        space: 36,
        incrs: incrementsOf(latest.current.name),
        values: (_plot, values) => values.map((value) => axisText(latest.current, value)),
      },
    ],
    series: [{}, { stroke: colour('--active'), width: 1.5, spanGaps: false, points: { show: false } }],
    cursor: {
      sync: { key: CROSSHAIR },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
    },
    hooks: {
      drawClear: [
        (plot) => {
          drawGoal(plot, latest.current, element);
        },
      ],
      setCursor: [
        (plot) => {
          showFigure(plot, latest.current, element);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 6) return;
          const at = (pixel: number) => plot.posToVal(pixel, 'x') * 1000;
          lookAt(at(left), at(left + width), 'push');
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** Steps of the scale: halves and quarters of hours for durations, of percent for ratios. */
function incrementsOf(name: Statistic): number[] {
  if (name === 'time_to_complete_seconds')
    return [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800];
  return [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2];
}

function topOf({ top, goal }: Props, most: number | null): number {
  return Math.max(top, (most ?? 0) * 1.05, (goal ?? 0) * 1.25);
}

function axisText({ name, format }: Props, value: number): string {
  if (name !== 'time_to_complete_seconds') return `${Math.round(value * 1000) / 10}%`;
  return value === 0 ? '0' : format(value).replace(/ 00 [ms]$/, '');
}

/** The goal as a line in a band in which it is met; the limit as a line. */
function drawGoal(plot: uPlot, { goal, limit }: Props, element: HTMLElement): void {
  const { ctx, bbox } = plot;
  const y = (at: number) => plot.valToPos(at, 'y', true);
  ctx.save();
  if (goal !== null) {
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = resolved(element, '--accent');
    ctx.fillRect(bbox.left, y(goal * (1 + BAND)), bbox.width, y(goal * (1 - BAND)) - y(goal * (1 + BAND)));
    ctx.globalAlpha = 1;
  }
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const [value, colour] of [
    [limit, '--trouble'],
    [goal, '--accent'],
  ] as const) {
    if (value === null) continue;
    ctx.strokeStyle = resolved(element, colour);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y(value));
    ctx.lineTo(bbox.left + bbox.width, y(value));
    ctx.stroke();
  }
  ctx.restore();
}

/** The figure under the crosshair, in the corner of each chart. */
function showFigure(plot: uPlot, { format, range }: Props, element: HTMLElement): void {
  const { idx } = plot.cursor;
  const at = idx === null || idx === undefined ? undefined : plot.data[0][idx];
  const value = idx === null || idx === undefined ? null : (plot.data[1]?.[idx] ?? null);
  element.dataset['figure'] = at === undefined ? '' : `${clockSeconds(at * 1000, range.toMs)}  ${format(value)}`;
}

/** A custom property as a colour that a canvas understands. */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
