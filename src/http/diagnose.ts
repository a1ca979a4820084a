/** Why a request could not be parsed: from the parser's code and the bytes about which it complained. */
import type { UnparsedReason } from '../domain/unparsed.js';

/** What Node's parser, or TLS, says when it gives up. */
export interface ParseFault {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

export interface Circumstance {
  /** Whether the head of the request was read, and its body not to the end. */
  readonly isInBody: boolean;
  /** Whether anything came on this connection before the bytes of the fault. */
  readonly hasHistory: boolean;
}

export interface Diagnosis {
  readonly reason: UnparsedReason;
  /** Empty: not known. */
  readonly method: string;
  readonly target: string;
}

/** Bytes looked at, before the fault and after it, however many came. */
const BEFORE = 2048;
const AFTER = 512;

/** Null: nothing is wrong with the request, its connection was lost. */
export function diagnose(fault: ParseFault, circumstance: Circumstance): Diagnosis | null {
  const seen = seenOf(fault);
  const reason = reasonOf(fault, seen, circumstance);
  return reason && { reason, ...requestLine(seen) };
}

/** What stands around the fault. */
interface Seen {
  /** The first bytes of the packet. */
  readonly start: string;
  readonly before: string;
  readonly after: string;
  /** The line of the fault. */
  readonly line: string;
}

function seenOf({ rawPacket, bytesParsed = 0 }: ParseFault): Seen {
  if (rawPacket === undefined) return { start: '', before: '', after: '', line: '' };
  const before = rawPacket.toString('latin1', Math.max(0, bytesParsed - BEFORE), bytesParsed);
  const after = rawPacket.toString('latin1', bytesParsed, bytesParsed + AFTER);
  const line = before.slice(before.lastIndexOf('\n') + 1) + (/^[^\n]*/.exec(after)?.[0] ?? '');
  return { start: rawPacket.toString('latin1', 0, BEFORE), before, after, line };
}

function reasonOf(
  { code = '', reason = '' }: ParseFault,
  seen: Seen,
  circumstance: Circumstance,
): UnparsedReason | null {
  if (code === 'HPE_INVALID_METHOD') return insteadOfMethod(seen, circumstance);
  if (code === 'HPE_INVALID_CONSTANT') return afterTarget(seen);
  if (LINE_FAULTS.has(code)) return circumstance.isInBody ? 'transfer_encoding' : atLineEnd(seen, code);
  if (code === 'HPE_INVALID_URL')
    return /^\S+ +(?:\/|[\w+.-]+:\/\/)/.test(seen.line) ? 'character_in_target' : 'relative_target';
  const isBoth = reason.includes('present with');
  if (code === 'HPE_INVALID_CONTENT_LENGTH') return isBoth ? 'two_lengths' : 'bad_length';
  if (code === 'HPE_INVALID_TRANSFER_ENCODING') return isBoth ? 'two_lengths' : 'transfer_encoding';
  if (REASONS[code] !== undefined) return REASONS[code];
  if (code.startsWith('ERR_SSL_')) return inHandshake(code);
  return code.startsWith('HPE_') ? 'not_http' : null;
}

/** Where a line should end. */
const LINE_FAULTS: ReadonlySet<string> = new Set([
  'HPE_INVALID_VERSION',
  'HPE_STRICT',
  'HPE_CR_EXPECTED',
  'HPE_LF_EXPECTED',
]);

const REASONS: Readonly<Record<string, UnparsedReason | undefined>> = {
  HPE_INVALID_EOF_STATE: 'incomplete',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_INVALID_HEADER_TOKEN: 'header',
  HPE_UNEXPECTED_CONTENT_LENGTH: 'two_lengths',
  HPE_INVALID_CHUNK_SIZE: 'transfer_encoding',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'transfer_encoding',
  HPE_CLOSED_CONNECTION: 'stray_bytes',
  HPE_PAUSED_H2_UPGRADE: 'http2',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ERR_SSL_HTTP_REQUEST: 'plain_http_on_tls_port',
};

/** A record of TLS, or the hello of SSL 2. */
function isTlsHello(start: string): boolean {
  const [first = 0, second, third, fourth] = Buffer.from(start.slice(0, 4), 'latin1');
  return (first === 0x16 && second === 3) || (first >= 0x80 && third === 1 && fourth === 3);
}

const isProxyProtocol = (start: string) => start.startsWith('PROXY ') || start.startsWith('\r\n\r\n\0\r\nQUIT\n');

function insteadOfMethod({ start, before, line }: Seen, { hasHistory }: Circumstance): UnparsedReason {
  if (!hasHistory && isTlsHello(start)) return 'tls_on_plain_port';
  if (!hasHistory && isProxyProtocol(start)) return 'proxy_protocol';
  if (/^[A-Za-z]{2,20} +\S.* HTTP\/\d/.test(line)) return 'method';
  return hasHistory || before.includes('\r\n\r\n') ? 'stray_bytes' : 'not_http';
}

function afterTarget({ line }: Seen): UnparsedReason {
  const rest = line.trim().split(/ +/).slice(2);
  return rest.length === 1 && /^[A-Za-z]+\/\d/.test(rest[0] ?? '') ? 'http_version' : 'blank_in_target';
}

function atLineEnd({ before, after }: Seen, code: string): UnparsedReason {
  // A lone CR among lines that end well is a character of a header.
  if (code === 'HPE_LF_EXPECTED') return before.includes('\r\n') ? 'header' : 'line_ends';
  if (code !== 'HPE_INVALID_VERSION') return 'line_ends';
  return /[\r\n]$/.test(before) || after.startsWith('\n') ? 'line_ends' : 'http_version';
}

function inHandshake(code: string): UnparsedReason | null {
  if (code.includes('UNEXPECTED_EOF')) return null;
  return /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_)/.test(code)
    ? 'certificate_refused'
    : 'tls_handshake';
}

/** Of the last request that began before the fault, at the begin of a line or after a body of JSON. */
function requestLine({ start, before, line }: Seen): Pick<Diagnosis, 'method' | 'target'> {
  const text = before.slice(0, before.lastIndexOf('\n') + 1) + line;
  const found = [...text.matchAll(/(?:^|[\n}\]])([A-Z]{2,20}) +((?:\/|https?:\/\/)[^\r\n]*)/g)].at(-1);
  const [, method = '', rest = ''] = found ?? /^([A-Z]{2,20}) +((?:\/|https?:\/\/)[^\r\n]*)/.exec(start) ?? [];
  return { method, target: rest.replace(/ +[A-Za-z]+\/\d\S*\s*$/, '') };
}
