/** What was done by people to the service and its records: who, what, and how it ended. */
export interface AuditEntry {
  readonly atMs: number;
  /** Noun and verb, like `quarantine.replay`. */
  readonly action: string;
  /** `token:` and the first 8 hexadecimal digits of the token's SHA-256, `cli:` and the user, `signal`, or `anonymous`. */
  readonly actor: string;
  /** Where it came from over the network; null: from this machine. */
  readonly address: string | null;
  /** What was asked for. Never a secret, nor a customer's number. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** `done`, or what it failed for. */
  readonly result: string;
}

export interface AuditRow extends AuditEntry {
  readonly id: string;
}

/** What a caller says; the rest has a default. */
export type Audited = Omit<AuditEntry, 'address'> & { readonly address?: string | null };
