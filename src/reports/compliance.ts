/** Whose calls a rule takes together, and what is to be said of them. */
import type { AbandonmentAsked, PeriodAbandonment } from '../domain/abandonment.js';
import type { RuleProfile } from '../domain/compliance.js';
import { canonical } from '../domain/folding.js';
import type { Roster, RosterEntry } from '../live/roster.js';
import type { Compliance } from './compliance-rows.js';

type Ask = (asked: AbandonmentAsked) => Promise<PeriodAbandonment>;

export interface Moment {
  readonly atMs: number;
  readonly nowMs: number;
}

/**
 * @bound campaigns whose answer serves all of their groups, while a list is made
 * @beyond the one asked for first makes room; asked again when needed
 */
const CACHED_CAMPAIGNS = 100;

/** Asks for campaign groups one after the other; those of one campaign are asked for once, while this is kept. */
export class ComplianceQuestions {
  readonly #roster: Roster;
  readonly #ask: Ask;
  readonly #profile: RuleProfile;
  readonly #moment: Moment;
  readonly #told = new Map<string, Promise<PeriodAbandonment>>();
  #campaigns: ReadonlyMap<string, readonly RosterEntry[]> | null = null;

  constructor(roster: Roster, ask: Ask, profile: RuleProfile, moment: Moment) {
    this.#roster = roster;
    this.#ask = ask;
    this.#profile = profile;
    this.#moment = moment;
  }

  async of(entry: RosterEntry): Promise<Compliance> {
    const key = this.#keyOf(entry);
    const told = this.#told.get(key) ?? this.#tell(this.togetherWith(entry));
    this.#told.set(key, told);
    const [oldest] = this.#told.keys();
    if (this.#told.size > CACHED_CAMPAIGNS && oldest !== undefined) this.#told.delete(oldest);
    return { entry, profile: this.#profile, told: await told };
  }

  /** Those whose calls the rule takes together with those of this one, itself included: they are told the same. */
  togetherWith(entry: RosterEntry): readonly RosterEntry[] {
    if (this.#profile.per !== 'campaign') return [entry];
    return (this.#campaigns ??= byCampaign(this.#roster)).get(this.#keyOf(entry)) ?? [entry];
  }

  #keyOf(entry: RosterEntry): string {
    return this.#profile.per === 'campaign' ? campaignKey(entry) : entry.snapshot.id;
  }

  #tell(entries: readonly RosterEntry[]): Promise<PeriodAbandonment> {
    const { atMs, nowMs } = this.#moment;
    const groups = entries.map((entry) => ({
      id: entry.snapshot.id,
      rule: this.#roster.listened(entry, nowMs).rule,
    }));
    const leftOut = this.#profile.per === 'campaign' ? this.#roster.leftOut : 0;
    return this.#ask({ groups, leftOut, profile: this.#profile, atMs });
  }
}

function byCampaign(roster: Roster): ReadonlyMap<string, readonly RosterEntry[]> {
  const campaigns = new Map<string, RosterEntry[]>();
  for (const entry of roster.entries()) {
    const key = campaignKey(entry);
    const others = campaigns.get(key);
    if (others === undefined) campaigns.set(key, [entry]);
    else others.push(entry);
  }
  return campaigns;
}

/** A campaign is one of a source and tenant; where no name is said, a group is a campaign of its own. */
function campaignKey({ snapshot: { id, source, attributes } }: RosterEntry): string {
  const campaign = canonical(attributes.campaign);
  return campaign === '' ? id : JSON.stringify([source, canonical(attributes.tenant), campaign]);
}
