/**
 * Campaign groups as Genesys Info Mart has them (sources.md#im-facts): its states, the names its facts are joined by, and
 * their keys.
 */
import { lengthPrefixed } from '../domain/identity.js';
import type { GroupAttributes } from '../domain/notification.js';
import { longKey, shortKey } from '../domain/surrogate-key.js';

/** CAMPAIGN_GROUP_STATE: 0 none, 1 Loaded, 2 Started, 3 Unloading. */
export type VendorState = 0 | 1 | 2 | 3;

/** The vendor's state for one of ours; it knows none for a group that is inactive or not loaded. */
export function vendorStateOf(state: string | null): VendorState {
  switch (state) {
    case 'active':
      return 1;
    case 'running':
      return 2;
    case 'waiting_unload':
    case 'unload_in_progress':
      return 3;
    case null:
    default:
      return 0;
  }
}

/** The vendor's state that a group enters with a transition; null: it stays in the one where it was. */
export function vendorStateEntered(
  { fromState, toState }: { readonly fromState: string | null; readonly toState: string },
  isSessionBegin: boolean,
): VendorState | null {
  const entered = vendorStateOf(toState);
  return isSessionBegin || entered !== vendorStateOf(fromState) ? entered : null;
}

/** The key of a session or stay: of its group and the place of the transition that begins it. */
export function factKey(groupId: string, atMs: number, tie: { readonly rank: number; readonly contentDigest: string }) {
  return longKey(lengthPrefixed([groupId, atMs, tie.rank, tie.contentDigest]));
}

/** Dimensions that hold nothing but names. */
export type NameDimension = 'TENANT' | 'CAMPAIGN' | 'GROUP_';

/** A row of such a dimension. Tenants of two sources are two, and so is what is named alike in them. */
export interface DimensionName {
  readonly dimension: NameDimension;
  readonly source: string;
  readonly tenant: string;
  /** '' but for tenants. */
  readonly tenantCcid: string;
  /** '' for tenants. */
  readonly name: string;
}

/** What a statement names in each dimension; what it does not say is a name, too. */
export function namesOf(
  source: string,
  { tenant, tenantCcid, campaign, group }: Pick<GroupAttributes, 'tenant' | 'tenantCcid' | 'campaign' | 'group'>,
): Readonly<Record<NameDimension, DimensionName>> {
  return {
    TENANT: { dimension: 'TENANT', source, tenant, tenantCcid, name: '' },
    CAMPAIGN: { dimension: 'CAMPAIGN', source, tenant, tenantCcid: '', name: campaign },
    GROUP_: { dimension: 'GROUP_', source, tenant, tenantCcid: '', name: group },
  };
}

/** The key of a name, as long as no other has it. */
export function nameKey({ dimension, source, tenant, tenantCcid, name }: DimensionName): number {
  return shortKey(lengthPrefixed([dimension, source, tenant, tenantCcid, name]));
}
