/**
 * A dashboard in its grid, by the components that Grafana has in npm. Bundled by scripts/draw-dashboards.ts, against packages
 * outside the project. State timelines and heatmaps are drawn by own-panels.jsx: npm does not have those of Grafana.
 */
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import { Component, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createTheme,
  dateTime,
  FieldConfigOptionsRegistry,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  getValueFormat,
  standardTransformers,
  standardTransformersRegistry,
  ThemeContext,
  toDataFrame,
  transformDataFrame,
} from '@grafana/data';
import { BarGauge, BigValue, GlobalStyles, PanelChrome, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Cells, Lanes } from './own-panels.jsx';

/** What a window of 1440 has between its margins. */
const WIDTH = 1408;
const GAP = 8;
const COLUMN = (WIDTH - 23 * GAP) / 24;
const CELL = 30;
const theme = createTheme({ colors: { mode: 'light' } });

const known = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
standardTransformersRegistry.setInit(() =>
  [...known.values()].map((one) => ({ id: one.id, name: one.name, transformation: () => Promise.resolve(one) })),
);

/** What the plugins of panels say when a dashboard does not. */
const CUSTOM = {
  timeseries: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 0,
    gradientMode: 'none',
    showPoints: 'auto',
    pointSize: 5,
    spanNulls: false,
    insertNulls: false,
    barAlignment: 0,
    barWidthFactor: 0.6,
    axisPlacement: 'auto',
    axisLabel: '',
    axisColorMode: 'text',
    axisBorderShow: false,
    axisCenteredZero: false,
    scaleDistribution: { type: 'linear' },
    stacking: { mode: 'none', group: 'A' },
    hideFrom: { tooltip: false, viz: false, legend: false },
    thresholdsStyle: { mode: 'off' },
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
};

/** Of every property that a panel sets: nothing is added to it. */
function registryOf({ defaults, overrides }) {
  const custom = Object.keys(defaults.custom ?? {}).map((name) => `custom.${name}`);
  const plain = Object.keys(defaults).filter((name) => name !== 'custom');
  const ids = new Set([...custom, ...plain, ...overrides.flatMap(({ properties }) => properties.map(({ id }) => id))]);
  const items = [...ids].map((id) => ({
    ...{ id, name: id, path: id.replace(/^custom\./, ''), isCustom: id.startsWith('custom.') },
    ...{ process: (value) => value, shouldApply: () => true, settings: {} },
  }));
  return new FieldConfigOptionsRegistry(() => items);
}

function configOf({ type, fieldConfig }) {
  const { defaults, overrides } = JSON.parse(JSON.stringify(fieldConfig));
  const first = defaults.thresholds?.steps[0];
  if (first) first.value = -Infinity;
  const color = defaults.color ?? { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' };
  return { defaults: { ...defaults, color, custom: { ...CUSTOM[type], ...defaults.custom } }, overrides };
}

const transformed = (panel, frames) =>
  new Promise((next, error) => {
    transformDataFrame(panel.transformations ?? [], frames.map(toDataFrame)).subscribe({ next, error });
  });

function dataOf(panel, frames) {
  const fieldConfig = configOf(panel);
  const data = applyFieldOverrides({
    ...{ data: frames, fieldConfig, theme, timeZone: 'utc' },
    fieldConfigRegistry: registryOf(fieldConfig),
    replaceVariables: (text) => text,
  });
  cacheFieldDisplayNames(data);
  return { data, fieldConfig };
}

function Drawing({ panel, frames, span, width, height }) {
  const { data, fieldConfig } = dataOf(panel, frames);
  const range = { from: dateTime(span.from * 1000), to: dateTime(span.to * 1000), raw: { from: '', to: '' } };
  const size = { width, height };
  if (data.length === 0) return <Words>{fieldConfig.defaults.noValue}</Words>;
  if (panel.type === 'timeseries')
    return (
      <TimeSeries {...size} frames={data} timeRange={range} timeZone="utc" legend={panel.options.legend}>
        {() => null}
      </TimeSeries>
    );
  if (panel.type === 'table') {
    const { sortBy, cellHeight } = panel.options;
    return <TableNG {...size} {...{ data: data[0], fieldConfig, sortBy, cellHeight, timeRange: range }} />;
  }
  if (panel.type === 'stat' || panel.type === 'bargauge') {
    const { reduceOptions } = panel.options;
    const asked = { data, fieldConfig, reduceOptions, theme, timeZone: 'utc', replaceVariables: (text) => text };
    return <Figures {...size} panel={panel} values={getFieldDisplayValues(asked)} />;
  }
  const text = theme.colors.text.primary;
  if (panel.type === 'state-timeline')
    return <Lanes {...size} {...{ frames: data, span, text, perPage: panel.options.perPage }} />;
  return <Cells {...size} {...{ frames: data, span, text, format: formatOf(panel.options.yAxis.unit) }} />;
}

function formatOf(unit) {
  const format = getValueFormat(unit);
  return (value) => {
    const { text, suffix = '' } = format(value);
    return text + suffix;
  };
}

function Figures({ panel, values, width, height }) {
  const { options } = panel;
  const isBar = panel.type === 'bargauge';
  return (
    <VizRepeater
      {...{ width, height, autoGrid: true, itemSpacing: isBar ? 10 : 3, minVizHeight: 16 }}
      maxVizHeight={options.maxVizHeight}
      getValues={() => values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      orientation={isBar ? options.orientation : 'auto'}
      renderCounter={0}
      source={values}
      renderValue={({ value: { display, field }, alignmentFactors, width: w, height: h, count }) =>
        isBar ? (
          <BarGauge {...{ value: display, field, theme, alignmentFactors, width: w, height: h }} {...options} />
        ) : (
          <BigValue {...{ value: display, theme, alignmentFactors, count, width: w, height: h }} {...options} />
        )
      }
    />
  );
}

const Words = ({ children }) => (
  <div style={{ ...{ display: 'grid', placeItems: 'center', height: '100%' }, color: theme.colors.text.secondary }}>
    <span style={{ textAlign: 'center', padding: 8 }}>{children}</span>
  </div>
);

class Guard extends Component {
  state = { error: null };
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? <Words>{String(this.state.error)}</Words> : this.props.children;
  }
}

function Cell({ panel, frames, span, values }) {
  const { x, y, w, h } = panel.gridPos;
  const width = w * COLUMN + (w - 1) * GAP;
  const height = h * CELL + (h - 1) * GAP;
  const title = (panel.title ?? '').replace(/\$(\w+)/g, (whole, name) => values[name] ?? whole);
  const place = { position: 'absolute', left: x * (COLUMN + GAP), top: y * (CELL + GAP), width, height };
  if (panel.type === 'row') return <h4 style={{ ...place, margin: 0, lineHeight: `${CELL}px` }}>{title}</h4>;
  return (
    <div style={place} data-panel={title}>
      <PanelChrome {...{ title, width, height, description: panel.description }}>
        {(innerWidth, innerHeight) => (
          <Guard>
            <Drawing {...{ panel, frames, span }} width={innerWidth} height={innerHeight} />
          </Guard>
        )}
      </PanelChrome>
    </div>
  );
}

function Dashboard({ panels, span, values }) {
  const bottom = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  return (
    <div id="dashboard" style={{ position: 'relative', width: WIDTH, height: bottom * (CELL + GAP) }}>
      {panels.map(({ panel, frames }) => (
        <Cell key={panel.id} {...{ panel, frames, span, values }} />
      ))}
    </div>
  );
}

window.draw = async ({ panels, ...dashboard }) => {
  const shown = panels.map(async ({ panel, frames }) => ({ panel, frames: await transformed(panel, frames) }));
  const drawn = { ...dashboard, panels: await Promise.all(shown) };
  document.body.style.margin = '0';
  document.body.style.background = theme.colors.background.canvas;
  const root = document.body.appendChild(document.createElement('div'));
  root.style.padding = '16px';
  createRoot(root).render(
    <StrictMode>
      <ThemeContext.Provider value={theme}>
        <GlobalStyles />
        <Dashboard {...drawn} />
      </ThemeContext.Provider>
    </StrictMode>,
  );
};
