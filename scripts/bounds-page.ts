/**
 * docs/bounds.md: what is bounded, where, and what happens there. Made of the constants themselves: the comment above one
 * says `@bound` what it bounds, `@beyond` what happens at the bound, and `@seen` where that shows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { SETTINGS, variableOf } from '../src/config/settings.js';
import { code, NOTE, table } from './markdown.js';

interface Bound {
  readonly what: string;
  readonly size: string;
  readonly beyond: string;
  readonly seen: string;
}

/** Bounds that an administrator sets, with what the constants' comments say of theirs. */
const SET: Readonly<Partial<Record<keyof typeof SETTINGS, Omit<Bound, 'size'>>>> = {
  body_limit: {
    what: 'body of a post',
    beyond: '413; the first bytes are kept in quarantine',
    seen: '`ocs_monitor_rejected_total`',
  },
  max_groups: {
    what: 'campaign groups in memory',
    beyond: 'the group unloaded longest makes room; otherwise the newcomer is left out until there is room',
    seen: '`ocs_monitor_tracked_campaign_groups`, `ocs_monitor_series_dropped_total`',
  },
  max_lists_per_group: {
    what: 'calling lists of a group on `/metrics`',
    beyond: 'further ones are left out',
    seen: '`ocs_monitor_calling_lists_left_out_total`',
  },
  max_sources: {
    what: 'sources with series and an interval of their own',
    beyond: 'further ones are taken together as `(other)`',
    seen: 'the label',
  },
  quarantine_limit: {
    what: 'bytes in quarantine',
    beyond: 'replayed rows go first, then the oldest of the source and reason that take most room',
    seen: '`ocs_monitor_quarantine_dropped_total`',
  },
};

/** What has no bound yet is said too. */
const UNBOUNDED: readonly Bound[] = [
  {
    what: 'evidence, statements, list figures, steps; callback events and attached data',
    size: 'none yet',
    beyond: 'the disk; then 503',
    seen: '`ocs_monitor_store_size_bytes`',
  },
];

/** Folders of programs that are no part of the service. */
const ELSEWHERE = /^(?:page|simulator|cli)\//;
const MARKED = /\/\*\*((?:(?!\*\/)[^])*)\*\/\n(?:export )?const ([A-Z][A-Z\d_]*) = ([^;]+);/g;
const NAMED = /^(?:export )?const (MAX_[A-Z\d_]*?|[A-Z\d_]*_KEPT|[A-Z\d_]*_LIMIT_BYTES)(?<!_MS) = [\d(]/gm;

export interface BoundsPage {
  readonly text: string;
  /** Constants whose name says bound, and whose comment does not say which. */
  readonly faults: readonly string[];
}

export function boundsPage(root: URL): BoundsPage {
  const faults: string[] = [];
  const bounds: Bound[] = Object.entries(SET).map(([name, bound]) => {
    const setting = name as keyof typeof SETTINGS;
    return { ...bound, size: `${code(variableOf(setting))} (${SETTINGS[setting].default})` };
  });
  for (const path of sources(root)) {
    const text = readFileSync(new URL(`src/${path}`, root), 'utf8');
    const marked = boundsIn(text);
    for (const [, name = ''] of text.matchAll(NAMED))
      if (!marked.has(name))
        faults.push(`src/${path}: say in the comment of ${name} what it bounds (@bound, @beyond, @seen)`);
    bounds.push(...marked.values());
  }
  bounds.sort((one, other) => (one.what < other.what ? -1 : 1));
  return { text: pageOf([...bounds, ...UNBOUNDED]), faults };
}

function sources(root: URL): string[] {
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts') && !ELSEWHERE.test(file)).sort();
}

/** Bounds in a source text, by the name of their constant. */
function boundsIn(text: string): Map<string, Bound> {
  const found = new Map<string, Bound>();
  for (const [, comment = '', name = '', expression = ''] of text.matchAll(MARKED)) {
    const what = tag(comment, 'bound');
    if (what === '') continue;
    found.set(name, {
      what,
      size: sizeOf(name, expression),
      beyond: tag(comment, 'beyond'),
      seen: tag(comment, 'seen'),
    });
  }
  return found;
}

/** The text of a tag: up to the next one. */
function tag(comment: string, name: string): string {
  const plain = comment
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const [, text = ''] = new RegExp(`@${name} (.*?)(?= @(?:bound|beyond|seen) |$)`).exec(plain) ?? [];
  return text.trim().replace(/[.]$/, '');
}

/** A product or sum of numbers, in the unit that the constant's name ends with. */
function sizeOf(name: string, expression: string): string {
  const sums = expression.replaceAll('_', '').split('+');
  const value = sums.reduce((sum, part) => sum + part.split('*').reduce((product, one) => product * Number(one), 1), 0);
  if (!Number.isFinite(value)) throw new Error(`${name} = ${expression}: write numbers, products and sums of them`);
  if (name.endsWith('_BYTES')) return bytes(value);
  if (name.endsWith('_MS')) return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  return value.toLocaleString('en') + (/_(?:LENGTH|CHARACTERS|TEXT)$/.test(name) ? ' characters' : '');
}

function bytes(value: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let [size, unit] = [value, 0];
  while (size >= 1024 && size % 1024 === 0) [size, unit] = [size / 1024, unit + 1];
  return `${size.toLocaleString('en')} ${units[unit] ?? ''}`;
}

function pageOf(bounds: readonly Bound[]): string {
  const rows = bounds.map(({ what, size, beyond, seen }) => [what, size, beyond, seen === '' ? '–' : seen]);
  return `${NOTE}

# Bounds

Every queue, cache, label set and table has a bound, so that no sender, reader or fault can use up memory or disk unseen.

${table(['What', 'Bound', 'At the bound', 'Shows in'], rows)}

A page of a list has at most 1,000 rows and names the next one in \`next_cursor\`. 1 KB = 1,024 bytes.
`;
}
