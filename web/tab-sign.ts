/** What a tab says of itself while nobody looks at it: how much wants a person, and where. Pure, but for `showInTab`. */
import { visible } from './bidi.js';
import { Cell } from './cell.js';

const PROGRAM = 'OCS campaign monitor';
/** As in index.html. */
const CALM = '%231f883d';
const TROUBLE = '%23cf222e';

/** What the view is about, ready to be shown; null: nothing but itself. */
export const subject = new Cell<string | null>(null);

export interface TabSign {
  /** The view, or its subject. */
  readonly view: string;
  /** Campaign groups in trouble. */
  readonly troubles: number;
  readonly isLost: boolean;
  readonly instanceName: string | null;
}

/** `(3) Wall · Berlin · OCS campaign monitor`; not live: `(?) Wall · …`. */
export function titleOf({ view, troubles, isLost, instanceName }: TabSign): string {
  const count = isLost ? '(?) ' : troubles > 0 ? `(${troubles}) ` : '';
  const name = instanceName === null ? [] : [visible(instanceName)];
  return count + [view, ...name, PROGRAM].join(' · ');
}

/** The icon in the colour of trouble or of calm. */
export function iconOf(href: string, { troubles, isLost }: TabSign): string {
  const colour = troubles > 0 || isLost ? TROUBLE : CALM;
  return href.replace(/%231f883d|%23cf222e/, colour);
}

export function showInTab(sign: TabSign): void {
  const title = titleOf(sign);
  if (document.title !== title) document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon === null) return;
  const href = iconOf(icon.href, sign);
  if (icon.href !== href) icon.href = href;
}
