/**
 * From where on something is trouble. The page learns them from /api/v1/service; the alert rules start from the same
 * numbers (thresholds.rules.yaml, held against these by a test).
 */
export interface Limits {
  /** The compliance line, whatever a group's own goal. */
  readonly overdialRatio: number;
  /** So long above the line makes over-dialing; so long not above it ends that. One figure does neither. */
  readonly overdialForSeconds: number;
  readonly overdialResolveSeconds: number;
  readonly unloadStuckSeconds: number;
  readonly deliveryRatio: number;
  /** The disk is nearly full with less than this left, whatever the trend … */
  readonly diskFreeBytes: number;
  /** … or when the trend fills it within this time. */
  readonly diskFullWithinSeconds: number;
  /** The write-ahead log has a few megabytes by itself; with more than this somebody keeps it from being written back. */
  readonly walBytes: number;
}

export const LIMITS: Limits = {
  overdialRatio: 0.03,
  overdialForSeconds: 900,
  overdialResolveSeconds: 300,
  unloadStuckSeconds: 900,
  deliveryRatio: 0.98,
  diskFreeBytes: 1e9,
  diskFullWithinSeconds: 4 * 86_400,
  walBytes: 256e6,
};
