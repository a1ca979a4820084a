const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `500ms`, `10s`, `1.5m`, `1h`, `30d`, or of a bare `0`; null when the text is no duration. */
export function parseDurationMs(text: string): number | null {
  const { amount, unit } = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)$/.exec(text.trim())?.groups ?? {};
  if (amount === undefined || unit === undefined) return text.trim() === '0' ? 0 : null;
  const durationMs = Math.round(Number(amount) * (UNIT_MS[unit] ?? NaN));
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}
