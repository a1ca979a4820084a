/** The log as a person reads it on a terminal; elsewhere its lines stay JSON. */
import { visibleLine, visibleText } from '../domain/visible-text.js';

const NOTED_LEVELS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

/**
 * One line of pino's JSON as `21:55:41  receiving  url=http://…`, in local time, with its line feed. An error's stack
 * follows on lines of its own. What is no such line stays as it is. What would act on the terminal is escaped.
 */
export function terminalLine(line: string): string {
  const entry = parsed(line);
  if (entry === null) return visibleText(line);
  const { level, time, msg = '', err, ...fields } = entry;
  const at = new Date(String(time)).toTimeString().slice(0, 8);
  const told = Object.entries(fields).map(([name, value]) => `${visibleLine(name)}=${shown(value)}`);
  const head = [at, `${NOTED_LEVELS[Number(level)] ?? ''}${visibleLine(String(msg))}`, told.join(' ')].filter(
    (part) => part !== '',
  );
  return `${head.join('  ')}\n${stackOf(err)}`;
}

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'time' in entry ? entry : null;
  } catch {
    return null;
  }
}

/** As it is, where it is one word; else quoted. */
function shown(value: unknown): string {
  return visibleLine(typeof value === 'string' && /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value));
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : `    ${shown(error)}\n`;
  const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown };
  const text = typeof stack === 'string' ? stack : typeof message === 'string' ? message : JSON.stringify(error);
  return `    ${visibleText(text).replaceAll('\n', '\n    ')}\n`;
}
