/** Why what a sender sent never became a request. Also the closed label set of `ocs_monitor_unparsed_requests_total`. */
export const UNPARSED_REASONS = [
  'blank_in_target',
  'character_in_target',
  'relative_target',
  'http_version',
  'http2',
  'method',
  'header',
  'headers_too_large',
  'two_lengths',
  'bad_length',
  'transfer_encoding',
  'line_ends',
  'stray_bytes',
  'incomplete',
  'timeout',
  'connect',
  'proxy_protocol',
  'tls_on_plain_port',
  'plain_http_on_tls_port',
  'tls_handshake',
  'certificate_refused',
  'too_many_connections',
  'not_http',
] as const;
export type UnparsedReason = (typeof UNPARSED_REASONS)[number];

/** What is known of such a request; secrets may still stand in its target. */
export interface UnparsedRequest {
  readonly reason: UnparsedReason;
  /** Null: it was not answered. */
  readonly status: number | null;
  /** Empty: not known. */
  readonly method: string;
  /** Empty: not known. */
  readonly target: string;
  readonly address: string;
}
