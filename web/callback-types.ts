/** What the API says of callbacks, as far as the page shows it. */

export interface Callback {
  readonly source: string;
  readonly service_id: string;
  readonly tenant: string | null;
  readonly state: string | null;
  readonly sub_state: string | null;
  readonly final: boolean;
  readonly queue: string | null;
  readonly channel: string | null;
  readonly callback_type: string | null;
  readonly offer_type: string | null;
  readonly accepted_at: string | null;
  readonly offered_at: string | null;
  readonly customer_connected_at: string | null;
  readonly ended_at: string | null;
  readonly attempts: number | null;
  readonly customer_phone_number: string | null;
  readonly due_kind: string | null;
  readonly due_at: string | null;
  readonly overdue: boolean;
  readonly live_state: string | null;
  readonly first_received_at: string;
  readonly last_event_at: string;
}

/** A finished one with its waits. */
export interface CallbackWaits {
  readonly expected_wait_seconds: number | null;
  readonly offline_wait_seconds: number | null;
}

export interface CallbackDetail extends CallbackWaits {
  readonly source: string;
  readonly service_id: string;
  readonly sub_state: string | null;
  readonly outcome: string | null;
  readonly queue: string | null;
  readonly channel: string | null;
  readonly dialog_result: string | null;
  readonly final_dial_result: string | null;
  readonly offered_at: string | null;
  readonly accepted_at: string | null;
  readonly customer_connected_at: string | null;
  readonly ended_at: string | null;
  readonly attempts: number | null;
  readonly agent_added_to_ixn: boolean | null;
  readonly abandoned_waiting: boolean | null;
  readonly timed_out: boolean | null;
  readonly transfers_failed: number | null;
  readonly customer_phone_number: string | null;
}

/** A body in quarantine, as far as callbacks tell of it. */
export interface RefusedBody {
  readonly endpoint: string;
  readonly count: number;
  readonly last_received_at: string;
  readonly replayed_at: string | null;
  readonly violations: readonly { readonly field: string }[];
}

/** Counts by interval; the page adds them up. */
export type SummaryRow = Readonly<Record<string, number | string | null>>;

export interface Story extends Callback {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly dials: readonly { readonly n: number; readonly at: string | null; readonly result: string | null }[];
  readonly events: readonly {
    readonly sequence: number;
    readonly received_at: string;
    readonly final: boolean;
    readonly after_final: boolean;
    readonly counts: boolean;
    readonly keys: Readonly<Record<string, unknown>>;
  }[];
  readonly interactions: readonly {
    readonly interaction_id: string;
    readonly role: string;
    readonly first_received_at: string;
  }[];
  readonly state_changes: readonly {
    readonly event: string | null;
    readonly state: string | null;
    readonly received_at: string;
  }[];
  readonly findings: readonly { readonly finding: string; readonly detail?: string }[];
}
