/** What is most likely wrong with a sender whose requests cannot be read, and what to do next: one line each. */
import type { UnparsedReason } from '../domain/unparsed.js';

const URI = 'campaigngroup-states-uri';

export const UNPARSED_ADVICE: Readonly<Record<UnparsedReason, { readonly fault: string; readonly next: string }>> = {
  blank_in_target: {
    fault: `a blank in ${URI}, or in whatever URL the sender was given`,
    next: 'Take the blank out of the URI, or write it %20. A source takes A-Z a-z 0-9 . _ - only.',
  },
  character_in_target: {
    fault: `a raw character in the path or query of ${URI} that is none in a URL, like ü or a tab`,
    next: 'Percent-encode it. A source takes A-Z a-z 0-9 . _ - only.',
  },
  relative_target: {
    fault: 'the path of the request does not begin with /',
    next: `Write ${URI} as http://HOST:PORT/ocs/campaign-group-state, without quotes.`,
  },
  http_version: {
    fault: 'no version of HTTP that is known here',
    next: 'Let the sender, or the proxy between, speak HTTP/1.1.',
  },
  http2: {
    fault: 'HTTP/2 without asking: this service speaks HTTP/1.1',
    next: 'Let the sender, or the proxy between, speak HTTP/1.1 to this service.',
  },
  method: {
    fault: 'a method that HTTP does not know; methods are written in capitals',
    next: 'Let the sender POST.',
  },
  header: {
    fault: 'a control character in a header, or a line among the headers that is no header',
    next: 'Look for it in the headers that the sender, or the proxy between, adds: a name takes no blank, a value no line break.',
  },
  headers_too_large: {
    fault: 'URL and headers are over 16 KB',
    next: 'Look which header is so long: a cookie, a token, or what a proxy adds.',
  },
  two_lengths: {
    fault: 'two Content-Lengths, or a Content-Length beside Transfer-Encoding',
    next: 'Let the sender say the length once; a proxy between may have added the second.',
  },
  bad_length: {
    fault: 'a Content-Length that is no number',
    next: 'Let the sender write the number of bytes of its body.',
  },
  transfer_encoding: {
    fault: 'a body whose chunks cannot be read, or a Transfer-Encoding other than chunked',
    next: 'Let the sender, or the proxy between, send a Content-Length instead of chunks.',
  },
  line_ends: {
    fault: 'lines ended by LF or CR alone: HTTP ends them by CR LF',
    next: 'Let the sender end its lines by CR LF.',
  },
  stray_bytes: {
    fault: 'bytes after the end of a request: its Content-Length is less than its body',
    next: 'Let the sender count bytes, not characters. Requests that were whole are taken all the same.',
  },
  incomplete: {
    fault: 'the sender ended its request before it was complete',
    next: 'Look at what lies between: a proxy, a firewall, http-response-timeout of OCS; or the Content-Length is more than the body.',
  },
  timeout: {
    fault: 'the request was not complete in time',
    next: 'Look at the network and at what lies between; or the Content-Length is more than the body.',
  },
  connect: {
    fault: 'the sender takes this service for a proxy (CONNECT)',
    next: 'Take this address out of the proxy settings of the sender; the URI alone names it.',
  },
  proxy_protocol: {
    fault: 'the PROXY protocol, which is not spoken here',
    next: 'Switch it off at the load balancer (haproxy: send-proxy); let it pass the address on as X-Forwarded-For.',
  },
  tls_on_plain_port: {
    fault: 'TLS on a plain port: the sender speaks https, this port http',
    next: `Write http:// in ${URI}, or set OCM_TLS_CERT and OCM_TLS_KEY.`,
  },
  plain_http_on_tls_port: {
    fault: 'plain HTTP on a TLS port: the sender speaks http, this port https',
    next: `Write https:// in ${URI}.`,
  },
  tls_handshake: {
    fault: 'no TLS could be agreed on: an older version than 1.2, no cipher in common, or no TLS at all',
    next: 'Let the sender speak TLS 1.2 or later.',
  },
  certificate_refused: {
    fault: 'the sender does not trust the certificate of this service',
    next: 'Give the sender the authority that signed OCM_TLS_CERT, and the name in the certificate as its URI.',
  },
  too_many_connections: {
    fault: 'too many connections are open: the new one was told so, or closed at once',
    next: 'Look who holds so many; OCS needs as many as http-connection-pool-size says.',
  },
  not_http: {
    fault: 'what came is not HTTP',
    next: 'Look which program connects from there: a scan, a check, or a sender with another protocol.',
  },
};
