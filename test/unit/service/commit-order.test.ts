import { describe, expect, it } from 'vitest';
import { CommitOrder } from '../../../src/service/commit-order.js';

function anOrder() {
  const shown: string[] = [];
  const clock = { ms: 0 };
  const order = new CommitOrder(() => clock.ms);
  const show = (name: string) => () => {
    shown.push(name);
  };
  const add = (no: number) => {
    order.add(no, show(`own ${String(no)}`));
  };
  return { shown, clock, order, add, show };
}

describe('the order of commits', () => {
  it('lets nothing wait where no other receiver is at work', () => {
    const { order, shown, add } = anOrder();
    add(1);
    expect([shown, order.waiting]).toEqual([['own 1'], 0]);
  });

  it('puts what others had committed before in its place, and leaves what came since', () => {
    const { order, shown, add, show } = anOrder();
    order.isAlone = false;
    add(2);
    add(5);
    const { waiting } = order;
    add(7);
    order.release(
      waiting,
      [6, 1, 4].map((no) => ({ no, show: show(`other ${String(no)}`) })),
    );
    expect(shown).toEqual(['other 1', 'own 2', 'other 4', 'own 5', 'other 6']);
    expect(order.flush()).toBe(1);
    expect(shown.at(-1)).toBe('own 7');
  });

  it('tells that something waits', () => {
    const { order, add } = anOrder();
    let told = 0;
    order.onWaiting = () => told++;
    add(1);
    order.isAlone = false;
    add(2);
    expect(told).toBe(1);
  });

  it('shows what has waited too long for others, and no sooner', () => {
    const { order, clock, shown, add } = anOrder();
    order.isAlone = false;
    add(1);
    clock.ms = 1500;
    expect(order.flushLate()).toBe(0);
    clock.ms = 1501;
    expect(order.flushLate()).toBe(1);
    expect([shown, order.flushLate()]).toEqual([['own 1'], 0]);
  });

  it('shows all that waits, in its order, when there is no room for more', () => {
    const { order, shown, add } = anOrder();
    order.isAlone = false;
    for (let no = 1; no <= 1000; no++) add(no);
    expect(shown).toEqual([]);
    add(1001);
    expect(shown).toEqual(Array.from({ length: 1001 }, (_, n) => `own ${String(n + 1)}`));
  });
});
