/**
 * What has to be set, where, so that posts arrive at this installation. The only place of these texts: the command
 * `doctor` and the page show them. Tokens are never part of them: TOKEN stands where one goes.
 */

/** What an installation is, as far as its senders must know. */
export interface Installation {
  /** Scheme, host and port under which senders may reach it, likeliest first; no path. At least one. */
  readonly origins: readonly string[];
  readonly basePath: string;
  /** Name for the sending OCS in the path; `default` is left out of it. */
  readonly source: string;
  readonly tls: boolean;
  /** What lets a sender post: a token, a client certificate, either, or nothing is asked for. */
  readonly secret: 'none' | 'token' | 'certificate' | 'either';
  /** Null: this site sends no periodic posts. */
  readonly intervalSeconds: number | null;
  /** Running groups to reckon with; null: not known. */
  readonly groups: number | null;
  /** 99 of 100 posts are answered within it. Null: not measured yet; Infinity: beyond the longest that is measured. */
  readonly ackP99Seconds: number | null;
  readonly bodyLimitBytes: number;
  readonly limitsNetworks: boolean;
  readonly pii: 'masked' | 'full';
}

export interface OptionToSet {
  /** The object that has the option. */
  readonly where: string;
  /** Null: the section that has the neighbouring options of that object, which no document names. */
  readonly section: string | null;
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

export const STEP_KEYS = ['ocs', 'ocs-log', 'way', 'callback-events', 'status-notifications', 'reporting'] as const;

export interface Task {
  readonly key: (typeof STEP_KEYS)[number];
  readonly title: string;
  readonly options: readonly OptionToSet[];
  /** Sentences: what to look at, in this order. */
  readonly checks: readonly string[];
}

/** Connections below which one slow answer holds up too many others. */
const MIN_POOL = 5;
/** Groups reckoned with when nobody knows how many there are. */
const ASSUMED_GROUPS = 20;
/** Answers slower than this raise the alert OcsMonitorAckSlow; until some are measured it is reckoned with. */
export const ASSUMED_ACK_SECONDS = 1;
const DEFAULT_INTERVAL_SECONDS = 10;
const MIN_TIMEOUT_SECONDS = 5;
/** How many times the slowest of a hundred answers OCS should wait for: the timeout is a post given up. */
const TIMEOUT_MARGIN = 4;
/** For answers slower than what is measured. */
const SLOW_TIMEOUT_SECONDS = 30;

/** Connections that carry a post of every group in each interval, when each is busy until its answer. */
export function poolSize({ groups, intervalSeconds, ackP99Seconds }: Sizing): number {
  const ackSeconds = Math.min(ackP99Seconds ?? ASSUMED_ACK_SECONDS, SLOW_TIMEOUT_SECONDS);
  const perSecond = (groups ?? ASSUMED_GROUPS) / (intervalSeconds ?? DEFAULT_INTERVAL_SECONDS);
  return Math.max(MIN_POOL, Math.ceil(perSecond * ackSeconds));
}

/** Whole seconds, well above the time in which this service answers. */
export function responseTimeoutSeconds(ackP99Seconds: number | null): number {
  if (ackP99Seconds === Infinity) return SLOW_TIMEOUT_SECONDS;
  return Math.max(MIN_TIMEOUT_SECONDS, Math.ceil(TIMEOUT_MARGIN * (ackP99Seconds ?? ASSUMED_ACK_SECONDS)));
}

type Sizing = Pick<Installation, 'groups' | 'intervalSeconds' | 'ackP99Seconds'>;
type Endpoints = Pick<Installation, 'basePath' | 'source' | 'secret'>;

/** Where something is posted, with TOKEN in the path when a token is what opens the door: every sender can do that. */
export function receivingUrl(origin: string, place: Endpoints, family: 'ocs' | 'gms', endpoint: string): string {
  const token = place.secret === 'token' || place.secret === 'either' ? '/t/TOKEN' : '';
  const source = place.source === 'default' ? '' : `/${place.source}`;
  return `${origin}${place.basePath}${token}/${family}${source}/${endpoint}`;
}

export function firstSteps(installation: Installation): Task[] {
  return [
    ocs(installation),
    ocsLog(),
    way(installation),
    callbackEvents(installation),
    statusNotifications(installation),
    reporting(),
  ];
}

const OCS = 'OCS application';

function ocs(installation: Installation): Task {
  const { origins, intervalSeconds, ackP99Seconds } = installation;
  const urls = origins.map((origin) => receivingUrl(origin, installation, 'ocs', 'campaign-group-state'));
  const option = (name: string, value: string, why: string): OptionToSet => ({
    where: OCS,
    section: null,
    name,
    value,
    why,
  });
  const measured =
    ackP99Seconds === null
      ? `no answer has been measured yet; ${ASSUMED_ACK_SECONDS} s is assumed`
      : ackP99Seconds === Infinity
        ? 'answers take longer than can be measured: look at the disk first'
        : `99 of 100 answers take ${ackP99Seconds} s or less`;
  return {
    key: 'ocs',
    title: 'Outbound Contact Server: turn the posts on',
    options: [
      option('send-campaigngroup-states', 'true', 'turns the posts on'),
      option('campaigngroup-states-uri', urls[0] ?? '', uriReason(installation)),
      option('campaigngroup-states-interval', ...intervalAdvice(intervalSeconds)),
      option(
        'http-response-timeout',
        String(responseTimeoutSeconds(ackP99Seconds)),
        `seconds, or more: ${measured}. If the answer takes longer, OCS gives the post up and never sends it again`,
      ),
      option('http-connection-pool-size', String(poolSize(installation)), poolReason(installation)),
    ],
    checks: [
      ...(urls.length > 1 ? [`Take the address that OCS's host can reach: ${urls.join(' or ')}`] : []),
      ...secretChecks(installation),
      'OCS uses the last two options for all its HTTP requests: if they are higher, do not lower them.',
      'Then load a campaign group: OCS posts at each change of state, and periodically while a group runs.',
    ],
  };
}

function uriReason({ source }: Installation): string {
  if (source === 'default')
    return 'the address; with several OCS, put a name after /ocs/, because the body does not name the sender';
  return `the address; ${source} names this OCS, because the body does not`;
}

function intervalAdvice(seconds: number | null): [value: string, why: string] {
  if (seconds !== null)
    return [String(seconds), 'seconds between the periodic posts that carry the statistics; silence is judged by them'];
  return [
    String(DEFAULT_INTERVAL_SECONDS),
    'seconds; OCM_PERIODIC_INTERVAL is 0 here, so missing posts go unnoticed: set both to the same value',
  ];
}

function poolReason(sizing: Installation): string {
  const groups = sizing.groups === null ? `${ASSUMED_GROUPS} groups (assumed)` : `${sizing.groups} groups`;
  const interval = sizing.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
  return `or more: ${groups}, one post per ${interval} s each, and a connection is busy until it has its answer; never below ${MIN_POOL}`;
}

function secretChecks({ secret, tls, limitsNetworks }: Installation): string[] {
  const token =
    'TOKEN is one of OCM_INGEST_TOKENS (or of the file that OCM_INGEST_TOKENS_FILE names), percent-encoded unless it consists of letters, digits and - . _ ~. Instead it may go in ?token=, the password of Basic, Authorization: Bearer or X-Api-Key.';
  const certificate = 'OCS must show a client certificate of OCM_TLS_CLIENT_CA.';
  const either = 'A client certificate of OCM_TLS_CLIENT_CA will do instead; then leave out /t/TOKEN.';
  return [
    ...(secret === 'token' || secret === 'either' ? [token] : []),
    ...(secret === 'certificate' ? [certificate] : secret === 'either' ? [either] : []),
    ...(secret === 'none' ? ['No secret is required: anyone who reaches the port may post.'] : []),
    ...(limitsNetworks ? ["The address of OCS's host must be in OCM_INGEST_NETWORKS."] : []),
    ...(tls
      ? [
          'The port speaks TLS only: OCS must trust the authority of OCM_TLS_CERT, and the name in the URI must be in it.',
        ]
      : []),
    ...(!tls && secret !== 'none'
      ? ['The port speaks plain HTTP: anyone who listens on the network can read the token.']
      : []),
  ];
}

function ocsLog(): Task {
  return {
    key: 'ocs-log',
    title: "See the posts in OCS's own log",
    options: [
      {
        where: OCS,
        section: 'log',
        name: 'verbose',
        value: 'trace',
        why: 'these lines are logged at Trace level; set it back afterwards',
      },
    ],
    checks: [
      'A change of state is `81000 Sending HTTP status notification CampaignGroupState for Campaign Group … to URI`.',
      'A periodic post is `81001 Sending periodic HTTP status notification …`. Compare the URI at the end with the one above.',
      'If there is no such line, the posts are off or the log is not at Trace level. The line does not prove that anybody answered.',
    ],
  };
}

function way({ origins, basePath, bodyLimitBytes, intervalSeconds, tls }: Installation): Task {
  const kept = `more than ${intervalSeconds ?? DEFAULT_INTERVAL_SECONDS} s`;
  return {
    key: 'way',
    title: 'The network between OCS and this service',
    options: [],
    checks: [
      `On OCS's host: curl -sS${tls ? ' --cacert CA_FILE' : ''} ${origins[0] ?? ''}${basePath}/healthz answers {"status":"alive"}; if not: name, route, firewall.`,
      `A proxy in between must keep idle connections open for ${kept}, must not compress bodies, and must accept ${bodyLimitBytes} bytes. Name it in OCM_TRUSTED_PROXIES.`,
      'Both hosts set their clocks by NTP: history goes by the time in the posts.',
    ],
  };
}

const MANDATORY_CALLBACK_KEYS =
  '_CB_SERVICE_ID, _CB_T_SERVICE_START, _CB_T_CALLBACK_OFFERED, _CB_N_CALLBACK_OFFERED and _CB_D_CALLBACK_OFFER';

function callbackEvents(installation: Installation): Task {
  const [origin = ''] = installation.origins;
  const url = (endpoint: string) => receivingUrl(origin, installation, 'gms', endpoint);
  const strategy = (name: string, endpoint: string, why: string): OptionToSet => ({
    where: 'ORS strategy of the callback service',
    section: null,
    name,
    value: url(endpoint),
    why,
  });
  return {
    key: 'callback-events',
    title: 'Callbacks: let the strategy post their records',
    options: [
      strategy('URL of the fetch at the start and at the end', 'callback-events', 'the record itself'),
      strategy(
        'URL of the fetch at customer connect',
        'attached-data',
        'which call belongs to which callback; the IVR may post it too',
      ),
    ],
    checks: [
      `Every event has ${MANDATORY_CALLBACK_KEYS}: Info Mart silently drops a record that lacks one of them.`,
      'The last event has _CB_FINAL_RECORD = 1. docs/callback-setup.md has the SCXML.',
      installation.pii === 'masked'
        ? "Customers' numbers are shown masked (OCM_PII)."
        : "Customers' numbers are shown whole (OCM_PII).",
    ],
  };
}

const CALLBACK_SERVICE = 'Callback service (GMS)';

function statusNotifications(installation: Installation): Task {
  const [origin = ''] = installation.origins;
  const service = (name: string, value: string, why: string): OptionToSet => ({
    where: CALLBACK_SERVICE,
    section: 'service.{service-execution-name}',
    name,
    value,
    why,
  });
  const url = receivingUrl(origin, installation, 'gms', 'status-notifications');
  return {
    key: 'status-notifications',
    title: 'Callbacks: live state, posted by GMS (httpcb)',
    options: [
      service('_enable_status_notification', 'subscribe_notify', 'the service subscribes for you'),
      service('_status_notification_type', 'httpcb', 'post to a URL'),
      service('_status_notification_target', url, 'it takes only a URL, so the token goes in the path'),
      {
        where: 'GMS application',
        section: 'push',
        name: 'pushEnabled',
        value: 'httpcb, added to what is there',
        why: 'for all services; takes effect after a restart of GMS',
      },
    ],
    checks: [
      'GMS counts only status 200 as delivered, so everything that is kept, even in quarantine, is answered 200.',
      ...(installation.tls
        ? ['The API reference mentions only plain HTTP for httpcb: try whether your GMS posts to https.']
        : []),
    ],
  };
}

/** Facts: Callback 8.5.105.12 and later (docs/callback-setup.md, section 5). */
function reporting(): Task {
  const option = (where: string, section: string, name: string, value: string, why: string): OptionToSet => ({
    where,
    section,
    name,
    value,
    why,
  });
  const userEvents = (name: string, value: string, why: string) =>
    option(CALLBACK_SERVICE, 'Reporting', name, value, why);
  return {
    key: 'reporting',
    title: "Callbacks: the vendor's own reporting, to compare with",
    options: [
      userEvents('_rep_userevent_enable', 'true', 'the strategy sends UserEvents; Callback 8.5.105.12 or later'),
      userEvents('_rep_userevent_dn', 'REPORTING', 'a DN of type Trunk Group, made for this'),
      userEvents('_rep_userevent_switch', 'SWITCH', 'the name of the switch of that DN'),
      option(
        'ICON application',
        'custom-states',
        'store-event-data',
        'all',
        'UserEvents are stored; the default is none',
      ),
      option('Info Mart application', 'agg-feature', 'enable-callback', 'yes', 'RAA aggregates callbacks'),
      option(
        'Workspace application',
        'interaction-workspace',
        'interaction.disposition.use-attached-data',
        'false',
        'otherwise the desktop repeats the record at the wrap-up of previews',
      ),
    ],
    checks: [
      "ORS and ICON are connected to the T-Server (SIP Server) of that switch; ICON's log shows that it registered on the DN.",
      "ICON's ccon_adata_spec.xml has _CB_SERVICE_ID, _CB_T_SERVICE_START, _CB_T_CALLBACK_ACCEPTED and _CB_T_CUSTOMER_CONNECTED.",
      'At least ORS 8.1.400.24, URS 8.1.400.22, ICON 8.1.506.07, Info Mart 8.5.005, RAA 8.5.000.02, GCXI 9.0.007.03.',
    ],
  };
}
