/** What the service says of itself. */
export interface ServiceInfo {
  readonly version: string;
  readonly started_at: string;
  readonly node_version: string;
  readonly unobserved: readonly { readonly from: string; readonly to: string }[];
  readonly store: { readonly main_bytes: number; readonly wal_bytes: number };
  readonly received: { readonly last_at: string | null; readonly total: number };
}
