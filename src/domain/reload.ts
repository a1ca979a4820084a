/** What became of a reload. */
export type Reload =
  /** Another process has started, has read the new configuration, and takes over once this one has drained. */
  | {
      readonly outcome: 'replacing';
      readonly successor: number;
      /** How long that may take. */ readonly drainMs: number;
    }
  /** Nobody can replace this process: tokens, networks and certificates were read anew in place. */
  | { readonly outcome: 'reread'; readonly needsRestart: readonly string[] };

/** The processes a service consists of: who owns its socket (null: nobody but itself), and who serves. */
export interface Pids {
  readonly parent: number | null;
  readonly child: number;
}
