/** How what is kept came to this service. */
export const ORIGINS = ['post', 'import', 'ocs-log', 'icon', 'tserver-log'] as const;
export type Origin = (typeof ORIGINS)[number];

/** `import`: a body as somebody else received it. The others: what another program's log or table tells. */
export const IMPORTED_FROM = ['import', 'ocs-log', 'icon', 'tserver-log'] as const satisfies readonly Origin[];
export type ImportedFrom = (typeof IMPORTED_FROM)[number];

/** Whether it is told by another program, in fewer words: that never is a copy of a notification. */
export function isRetelling(origin: ImportedFrom | undefined): boolean {
  return origin !== undefined && origin !== 'import';
}

/** Whether a text names where something was imported from. */
export function isImportedFrom(text: unknown): text is ImportedFrom {
  return IMPORTED_FROM.some((one) => one === text);
}
