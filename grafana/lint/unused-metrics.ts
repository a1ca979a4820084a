/** Metrics that no panel and no rule uses, and why they are there all the same. */
export const UNUSED_BECAUSE: Readonly<Record<string, string>> = {};
