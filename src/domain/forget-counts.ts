import type { ForgetCounts } from './store.js';

export const NOTHING_FORGOTTEN: ForgetCounts = {
  groups: 0,
  notifications: 0,
  transitions: 0,
  callbacks: 0,
  callbackEvents: 0,
  attachedData: 0,
  statusNotifications: 0,
  legacyEvents: 0,
  quarantined: 0,
};

export function addCounts(a: ForgetCounts, b: Partial<ForgetCounts>): ForgetCounts {
  const names = Object.keys(NOTHING_FORGOTTEN) as (keyof ForgetCounts)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + (b[name] ?? 0)])) as unknown as ForgetCounts;
}
