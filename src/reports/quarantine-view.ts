/** A quarantined body as people see it: customers' numbers masked unless whole ones were asked for. */
import type { Violation } from '../domain/notification.js';
import { maskBody } from '../domain/personal-bodies.js';
import { isIdentifyingKey, isPersonalKey, maskInternational, maskText } from '../domain/personal-data.js';
import { retold } from '../domain/rule-words.js';
import { hideSecretValues, isSecretKey } from '../domain/secret-values.js';
import { isStatistic, KNOWN_FIELDS } from '../ocs/fields.js';
import type { QuarantinedBody } from '../domain/quarantine.js';
import type { PersonalData } from './callback-rows.js';

/** What a callback body has, and a campaign group's never: such a body may have come to the wrong address. */
const CALLBACK_KEY = /_cb_|customer_number/i;
/** What every body of a campaign group has: one without it may be anything. */
const CAMPAIGN_KEY = 'GSW_';

/** The row without numbers in what was found. */
export function shownQuarantined(row: QuarantinedBody, pii: PersonalData): QuarantinedBody {
  return { ...row, violations: shownViolations(row.violations, pii) };
}

export function shownViolations(violations: readonly Violation[], pii: PersonalData): readonly Violation[] {
  return violations.map(({ rule, ...rest }) => {
    const violation = { ...rest, rule: retold(rule) };
    return withoutSecrets(pii === 'full' ? violation : masked(violation));
  });
}

/** The raw bytes (one character a byte) as text, and in base64 where nothing of them is hidden. */
export function shownBody(
  { endpoint }: Pick<QuarantinedBody, 'endpoint'>,
  bytes: string,
  pii: PersonalData,
): { readonly body: string; readonly body_base64: string | null } {
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  const isCampaign = endpoint === 'campaign-group-state' && !CALLBACK_KEY.test(text);
  const unmasked = pii === 'full' || (isCampaign && text.includes(CAMPAIGN_KEY));
  const body = hideSecretValues(unmasked ? text : maskBody(text));
  const isWhole = (pii === 'full' || isCampaign) && body === text;
  return { body, body_base64: isWhole ? raw.toString('base64') : null };
}

const HIDDEN = '***';

/** Whatever is shown of customers' numbers: what was sent as a secret is shown to nobody. */
function withoutSecrets({ field, rule, found }: Violation): Violation {
  return { field, rule, found: isSecretKey(field) ? HIDDEN : hideSecretValues(found) };
}

/** What the service itself says of a body: how much of what it has. */
const COUNTED = /^\d+ (?:bytes(?: or more)?|levels|characters|NUL|more|of \d+ events)$/;

function masked(violation: Violation): Violation {
  const { field, rule, found } = violation;
  if (COUNTED.test(found)) return { field: maskText(field), rule, found };
  const key = keyOf(field);
  if (isCampaignKey(key)) return ofCampaign(violation);
  // What stands under a customer's key is shown to nobody, cut short or not.
  if (isPersonalField(field)) return { field: maskText(field), rule, found: HIDDEN };
  return { field: maskText(field), rule, found: isIdentifyingKey(key) ? maskInternational(found) : maskText(found) };
}

/** Dates and statistics are no numbers to call: only what cannot be anything else is hidden. */
function ofCampaign({ field, rule, found }: Violation): Violation {
  const key = keyOf(field).replace(/ \(bytes\)$/, '');
  const isKnown = KNOWN_FIELDS.has(key) || isStatistic(key);
  const shown = isKnown ? found : namesNumber(found) ? maskText(found) : maskInternational(found);
  return { field: maskInternational(field), rule, found: shown };
}

function keyOf(field: string): string {
  return field.slice(field.lastIndexOf('/') + 1);
}

function isCampaignKey(key: string): boolean {
  return key.startsWith(CAMPAIGN_KEY) && !isPersonalKey(key);
}

function isPersonalField(field: string): boolean {
  return field.split('/').some(isPersonalKey);
}

/** Whether a value is an object in which a customer's key stands, cut short or not. */
function namesNumber(found: string): boolean {
  return Array.from(found.matchAll(/"([^"\\]{1,100})\\*"\s*:/g)).some(([, key = '']) => isPersonalKey(key));
}
