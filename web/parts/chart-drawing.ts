/** How uPlot draws a chart. Colours are asked of the style sheet, so that light, dark and forced colours are one table. */
import type uPlot from 'uplot';
import { axisMarks, axisTimes } from '../axis.js';
import { lonePoints } from '../chart-data.js';
import { nowMs } from '../clock.js';
import type { GapKind } from '../gap-kinds.js';
import type { ShownChart } from '../shown-chart.js';

export const CHART_HEIGHT = 190;
/** Charts with this key share their crosshair. */
const CROSSHAIR = 'statistics';
/** A goal is met when the figure is within this of it. */
const BAND = 0.05;
/** A mark of the time axis with its day has this much room. */
const MARK_PX = 84;
const LEAST_DRAG_PX = 6;

export interface ChartHandlers {
  readonly shown: () => ShownChart;
  readonly onCursor: (plot: uPlot) => void;
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

export function optionsOf(element: HTMLElement, { shown, onCursor, onZoom }: ChartHandlers): uPlot.Options {
  const colour = (name: string) => () => resolved(element, name);
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: element.clientWidth || 400,
    height: CHART_HEIGHT,
    // Half of a time fits beside the end of the axis.
    padding: [8, 18, 0, 0],
    legend: { show: false },
    scales: { x: { time: true, auto: false }, y: { range: () => [0, shown().scale.top] } },
    axes: [timeAxis(axis), figureAxis(axis, shown)],
    series: [{}, meanSeries(colour('--active'))],
    cursor: cursorFor(element),
    hooks: {
      drawClear: [
        (plot) => {
          inPlot(plot, () => {
            drawGaps(plot, shown(), element);
            drawSpread(plot, shown(), element);
            drawLines(plot, shown(), element);
          });
        },
      ],
      setCursor: [onCursor],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < LEAST_DRAG_PX) return;
          const at = (pixel: number) => plot.posToVal(pixel, 'x') * 1000;
          onZoom(at(left), at(left + width));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** A mouse that leaves takes the crosshair along; of a finger, browsers only pretend that it was a mouse that leaves. */
function cursorFor(element: HTMLElement): uPlot.Cursor {
  let isFinger = false;
  const look = ({ pointerType }: PointerEvent) => {
    isFinger = pointerType === 'touch';
  };
  element.addEventListener('pointerdown', look);
  element.addEventListener('pointermove', look);
  return {
    y: false,
    sync: { key: CROSSHAIR },
    drag: { x: true, y: false, setScale: false },
    points: { size: 7 },
    bind: {
      mouseleave: (_plot, _target, leave) => (event: MouseEvent) => {
        if (!isFinger) leave(event);
        return null;
      },
    },
  };
}

/** Moves the crosshair of one chart, and of all that share it: uPlot's types leave out the argument that tells the others. */
export function moveCursor(plot: uPlot, left: number, top: number): void {
  const told = plot as unknown as { setCursor: (at: object, callsHooks: boolean, tellsOthers: boolean) => void };
  told.setCursor({ left, top }, true, true);
}

function meanSeries(colour: () => string): uPlot.Series {
  return {
    stroke: colour,
    width: 1.5,
    spanGaps: false,
    points: {
      show: true,
      size: 5,
      fill: colour,
      filter: (plot, series) => lonePoints(Array.from(plot.data[series] ?? [])),
    },
  };
}

function timeAxis(axis: uPlot.Axis): uPlot.Axis {
  return {
    ...axis,
    // Null before there are any, whatever the types say.
    size: (_plot, values: string[] | null) => (values?.some((text) => text.includes('\n')) === true ? 40 : 26),
    splits: (plot, _axis, min, max) =>
      axisTimes(min * 1000, max * 1000, Math.max(2, plot.width / MARK_PX)).map((ms) => ms / 1000),
    values: (_plot, times) =>
      axisMarks(
        times.map((at) => at * 1000),
        nowMs(),
      ).map(({ time, day }) => [time, day].filter(Boolean).join('\n')),
  };
}

function figureAxis(axis: uPlot.Axis, shown: () => ShownChart): uPlot.Axis {
  return {
    ...axis,
    size: 58,
    splits: () => shown().scale.marks.map(({ at }) => shown().scale.place(at)),
    values: () => shown().scale.marks.map(({ label }) => label),
  };
}

function inPlot({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

/** Each kind of gap has a texture of its own: with colours forced or not seen, it still says which it is. */
function drawGaps(plot: uPlot, { allGaps }: ShownChart, element: HTMLElement): void {
  const { ctx, bbox } = plot;
  for (const { kind, fromMs, toMs } of allGaps) {
    const x = plot.valToPos(fromMs / 1000, 'x', true);
    const width = Math.max(devicePixelRatio, plot.valToPos(toMs / 1000, 'x', true) - x);
    ctx.fillStyle = textureOf(kind, element) ?? 'transparent';
    ctx.fillRect(x, bbox.top, width, bbox.height);
  }
}

const TILE = 8;

function textureOf(kind: GapKind, element: HTMLElement): CanvasPattern | null {
  const tile = document.createElement('canvas');
  tile.width = tile.height = TILE * devicePixelRatio;
  const ctx = tile.getContext('2d');
  if (ctx === null) return null;
  ctx.scale(devicePixelRatio, devicePixelRatio);
  const colour = resolved(element, kind === 'silent' ? '--silent' : '--line-strong');
  ctx.strokeStyle = ctx.fillStyle = colour;
  TEXTURES[kind](ctx);
  return ctx.createPattern(tile, 'repeat');
}

/** A diagonal that meets its like in the next tile. */
function diagonal(ctx: CanvasRenderingContext2D, direction: 1 | -1): void {
  ctx.beginPath();
  for (const shift of [-TILE, 0, TILE]) {
    ctx.moveTo(shift - 1, direction === 1 ? TILE + 1 : -1);
    ctx.lineTo(shift + TILE + 1, direction === 1 ? -1 : TILE + 1);
  }
  ctx.stroke();
}

const TEXTURES: Readonly<Record<GapKind, (ctx: CanvasRenderingContext2D) => void>> = {
  unobserved: (ctx) => {
    ctx.globalAlpha = 0.6;
    ctx.lineWidth = 1.5;
    diagonal(ctx, 1);
  },
  silent: (ctx) => {
    ctx.globalAlpha = 0.18;
    ctx.fillRect(0, 0, TILE, TILE);
    ctx.globalAlpha = 0.75;
    ctx.lineWidth = 2;
    diagonal(ctx, -1);
  },
  idle: (ctx) => {
    ctx.globalAlpha = 0.2;
    ctx.fillRect(0, 0, TILE, TILE);
  },
  no_figure: (ctx) => {
    ctx.globalAlpha = 0.8;
    ctx.fillRect(3, 3, 1.5, 1.5);
  },
};

/** From the least to the most of each step: a spike stays seen, however long the range is. */
function drawSpread(plot: uPlot, { data, kind, scale, stepSeconds }: ShownChart, element: HTMLElement): void {
  const { ctx } = plot;
  const { min, max } = data[kind.name];
  const x = (second: number) => plot.valToPos(second, 'x', true);
  const y = (value: number) => plot.valToPos(scale.place(value), 'y', true);
  const width = Math.max(2 * devicePixelRatio, x(stepSeconds) - x(0));
  ctx.fillStyle = resolved(element, '--active');
  ctx.globalAlpha = 0.3;
  data.at.forEach((at, row) => {
    const [least, most] = [min[row] ?? null, max[row] ?? null];
    if (least === null || most === null || least === most) return;
    ctx.fillRect(x(at) - width / 2, y(most), width, y(least) - y(most));
  });
  ctx.globalAlpha = 1;
}

/** The goal as a line in a band in which it is met; the limit as a line. Their dashes take turns: where they are equal, both are seen. */
function drawLines(plot: uPlot, { goal, limit, scale }: ShownChart, element: HTMLElement): void {
  const { ctx, bbox } = plot;
  const y = (value: number) => plot.valToPos(scale.place(value), 'y', true);
  if (goal !== null) {
    ctx.globalAlpha = 0.12;
    ctx.fillStyle = resolved(element, '--accent');
    ctx.fillRect(bbox.left, y(goal * (1 + BAND)), bbox.width, y(goal * (1 - BAND)) - y(goal * (1 + BAND)));
    ctx.globalAlpha = 1;
  }
  const dash = 5 * devicePixelRatio;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([dash, dash]);
  for (const [value, colour, offset] of [
    [limit, '--trouble', 0],
    [goal, '--accent', dash],
  ] as const) {
    if (value === null) continue;
    ctx.strokeStyle = resolved(element, colour);
    ctx.lineDashOffset = offset;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y(value));
    ctx.lineTo(bbox.left + bbox.width, y(value));
    ctx.stroke();
  }
  ctx.setLineDash([]);
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
