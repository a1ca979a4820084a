/** What Grafana's core draws and npm does not have, drawn plainly: states as lanes, buckets as cells. */
const AXIS = 22;
const LEGEND = 30;
const TICK_PIXELS = 95;
const LETTER = 6.6;

const clock = (atMs) => new Date(atMs).toISOString().slice(11, 19);

function Axis({ span, left, width, y, color }) {
  const length = Math.floor(width / TICK_PIXELS);
  const ticks = Array.from({ length }, (_, n) => (n + 0.5) / length);
  return ticks.map((share) => (
    <text key={share} x={left + share * width} y={y} textAnchor="middle" fontSize={12} fill={color}>
      {clock((span.from + share * (span.to - span.from)) * 1000)}
    </text>
  ));
}

/** Neighbours of one value as one; a gap where a sample is missing. */
function spansOf(times, values, stepMs) {
  const spans = [];
  for (const [n, at] of times.entries()) {
    const last = spans.at(-1);
    if (last?.value === values[n] && at - last.to < 1.5 * stepMs) last.to = at;
    else spans.push({ from: at, to: at, value: values[n] });
  }
  return spans.map((one, n) => {
    const next = spans[n + 1]?.from ?? one.to + stepMs;
    return { ...one, to: next - one.to < 1.5 * stepMs ? next : one.to };
  });
}

export function Lanes({ frames, span, width, height, perPage, text }) {
  const lanes = frames.slice(0, perPage).map(({ fields: [time, value] }) => ({
    name: value.config.displayNameFromDS ?? value.name,
    spans: spansOf(time.values, value.values, span.step * 1000).map((one) => ({ ...one, ...look(value, one.value) })),
  }));
  const longest = Math.max(...lanes.map(({ name }) => name.length));
  const left = Math.min(0.3 * width, longest * LETTER + 12);
  const lane = (height - AXIS - LEGEND) / lanes.length;
  const x = (atMs) => left + ((atMs / 1000 - span.from) / (span.to - span.from)) * (width - left);
  const legend = new Map(lanes.flatMap(({ spans }) => spans.map((one) => [one.words, one.color])));
  return (
    <div>
      <svg width={width} height={height - LEGEND} style={{ display: 'block' }}>
        {lanes.map(({ name, spans }, n) => (
          <g key={name} transform={`translate(0 ${n * lane})`}>
            <text x={left - 8} y={lane / 2 + 4} textAnchor="end" fontSize={12} fill={text}>
              {name}
            </text>
            {spans.map(({ from, to, words, color }) => (
              <g key={from}>
                <rect
                  x={x(from)}
                  y={0.075 * lane}
                  width={x(to) - x(from)}
                  height={0.85 * lane}
                  fill={color}
                  opacity={0.85}
                />
                {words.length * LETTER + 8 < x(to) - x(from) && (
                  <text x={x(from) + 4} y={lane / 2 + 4} fontSize={12} fill="#fff">
                    {words}
                  </text>
                )}
              </g>
            ))}
          </g>
        ))}
        <Axis {...{ span, left, width: width - left, y: height - LEGEND - 6, color: text }} />
      </svg>
      <Legend entries={[...legend]} text={text} />
    </div>
  );
}

function look(field, value) {
  const { text, color } = field.display(value);
  return { words: text, color };
}

function Legend({ entries, text }) {
  return (
    <div style={{ display: 'flex', gap: 16, fontSize: 12, padding: '6px 8px', color: text }}>
      {entries.map(([words, color]) => (
        <span key={words}>
          <span style={{ display: 'inline-block', width: 14, height: 4, background: color, margin: '0 6px 3px 0' }} />
          {words}
        </span>
      ))}
    </div>
  );
}

/** Buckets come with all that is below them, as Prometheus counts: a cell is what is in its own. */
export function Cells({ frames, span, width, height, format, text }) {
  const buckets = frames
    .map(({ fields: [time, value] }) => ({
      le: value.labels.le,
      at: new Map([...time.values].map((one, n) => [one, value.values[n]])),
    }))
    .sort((a, b) => Number(a.le.replace('+Inf', 'Infinity')) - Number(b.le.replace('+Inf', 'Infinity')));
  const cells = buckets.flatMap(({ at }, n) =>
    [...at].map(([time, count]) => ({ n, time, count: count - (buckets[n - 1]?.at.get(time) ?? 0) })),
  );
  const most = Math.max(...cells.map(({ count }) => count));
  const left = 64;
  const row = (height - AXIS) / buckets.length;
  const column = ((width - left) * span.step) / (span.to - span.from);
  return (
    <svg width={width} height={height} style={{ display: 'block' }}>
      {buckets.map(({ le }, n) => (
        <text key={le} x={left - 8} y={height - AXIS - n * row - 2} textAnchor="end" fontSize={11} fill={text}>
          {le === '+Inf' ? '' : format(Number(le))}
        </text>
      ))}
      {cells.map(({ n, time, count }) => (
        <rect
          key={`${n} ${time}`}
          x={left + ((time / 1000 - span.from) / span.step) * column}
          y={height - AXIS - (n + 1) * row}
          width={column}
          height={row - 1}
          fill="#d94801"
          opacity={count <= 0 ? 0 : 0.15 + 0.85 * Math.sqrt(count / most)}
        />
      ))}
      <Axis {...{ span, left, width: width - left, y: height - 6, color: text }} />
    </svg>
  );
}
