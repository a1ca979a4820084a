/**
 * The focus is never nowhere. What has it may be moved, taken away or hidden by what comes over the stream or by what
 * it did itself, and browsers leave the focus at the body then: it goes back to what was moved, and else to the nearest
 * around it that can have it.
 */
import { say } from './say.js';

const CAN_HAVE_IT = 'a[href], button, input, select, summary, [tabindex]';
/** Of what is gone, so much is told. */
const NAME_LENGTH = 60;

/** What has the focus and what it stands in, from the inside out; empty when somebody left it for nothing. */
let path: readonly Element[] = [];
let name = '';

export function keepFocus(): void {
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener('focusin', ({ target }) => {
    path = pathOf(target as Element);
    name = nameOf(target as Element);
  });
  document.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget === null)
      queueMicrotask(() => {
        look(observer.takeRecords());
      });
  });
  // What is hidden or switched off by its own act keeps the focus until the page is drawn.
  for (const act of ['click', 'keydown'])
    document.addEventListener(act, () => {
      requestAnimationFrame(() => setTimeout(look, 0, []));
    });
}

/** Out of a field or a list, to the view. */
export function leaveToView(): void {
  if (isNowhere()) return;
  main()?.focus({ preventScroll: true });
}

function look(records: readonly MutationRecord[]): void {
  const [held] = path;
  if (held === undefined || !isNowhere()) return;
  if (!isTaken(held, records)) {
    path = [];
    return;
  }
  const home = path.find(canHaveIt) ?? main();
  if (home === null) return;
  const lost = home === held || home === main() ? '' : name;
  (home as HTMLElement).focus({ preventScroll: true });
  if (lost !== '') say(`No longer here: ${lost}.`);
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

/** Whether it was not the viewer who took the focus away. */
function isTaken(held: Element, records: readonly MutationRecord[]): boolean {
  if (!canHaveIt(held)) return true;
  return records.some(({ removedNodes }) => [...removedNodes].some((node) => node.contains(held)));
}

function canHaveIt(element: Element): boolean {
  return (
    element.isConnected && element.matches(CAN_HAVE_IT) && !element.matches(':disabled') && element.checkVisibility()
  );
}

function pathOf(element: Element): Element[] {
  const around: Element[] = [];
  for (let one: Element | null = element; one !== null && one !== document.body; one = one.parentElement)
    around.push(one);
  return around;
}

function nameOf(element: Element): string {
  const text = element.getAttribute('aria-label') ?? element.textContent;
  return text.trim().slice(0, NAME_LENGTH);
}

function main(): HTMLElement | null {
  return document.getElementById('main');
}
