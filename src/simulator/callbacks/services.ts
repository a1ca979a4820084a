/**
 * The callback services of a simulated contact centre: one for each scenario of the Callback User's Guide
 * (sources.md#callback-scenarios). Which direction, type and connect order a scenario has is data here.
 */

/** What a service can do; an ending belongs to one of these. */
export type Trait =
  'dials' | 'is-called' | 'pushes' | 'previews' | 'offers-in-queue' | 'has-slots' | 'disposes' | 'any';

export interface Service {
  /** Service execution name. */
  readonly name: string;
  readonly traits: readonly Trait[];
  readonly callDirection: 'CUSTOMER_TERMINATED' | 'CUSTOMER_ORIGINATED';
  readonly callbackType: 'IMMEDIATE' | 'WAIT_FOR_AGENT' | 'SCHEDULED';
  readonly connectOrder: 'CUSTOMER_FIRST' | 'AGENT_FIRST_PREVIEW' | 'AGENT_FIRST_NO_PREVIEW';
  readonly channels: readonly [string, ...string[]];
  readonly offerTypes: readonly [string, ...string[]];
  /** By deployment, the service starts at the offer or at the request. */
  readonly startsAt: 'offer' | 'request';
  /** Whether GMS posts status notifications (`_enable_status_notification`). */
  readonly notifies: boolean;
}

const COMBINED = 'COMBINED_SCHEDULED_AND_WAIT_FOR_AGENT';
const TERMINATED = {
  callDirection: 'CUSTOMER_TERMINATED',
  connectOrder: 'CUSTOMER_FIRST',
  startsAt: 'request',
  notifies: true,
} as const;
const ORIGINATED = { ...TERMINATED, callDirection: 'CUSTOMER_ORIGINATED' } as const;

export const SERVICES: readonly Service[] = [
  {
    ...TERMINATED,
    name: 'user-terminated-immediate',
    traits: ['any', 'dials'],
    callbackType: 'IMMEDIATE',
    channels: ['WEB', 'MOBILE'],
    offerTypes: ['IMMEDIATE'],
  },
  {
    ...TERMINATED,
    name: 'user-terminated-delayed',
    traits: ['any', 'dials'],
    callbackType: 'WAIT_FOR_AGENT',
    channels: ['WEB', 'MOBILE'],
    offerTypes: ['WAIT_FOR_AGENT', COMBINED],
  },
  {
    ...TERMINATED,
    name: 'user-terminated-scheduled',
    traits: ['any', 'dials'],
    callbackType: 'SCHEDULED',
    channels: ['WEB'],
    offerTypes: ['SCHEDULED', COMBINED],
  },
  {
    ...TERMINATED,
    name: 'user-terminated-agent-preview',
    traits: ['any', 'dials', 'previews'],
    callbackType: 'WAIT_FOR_AGENT',
    connectOrder: 'AGENT_FIRST_PREVIEW',
    channels: ['WEB', 'MOBILE'],
    offerTypes: ['WAIT_FOR_AGENT'],
  },
  {
    ...TERMINATED,
    name: 'agent-first-implicit-reservation',
    traits: ['any', 'dials'],
    callbackType: 'WAIT_FOR_AGENT',
    connectOrder: 'AGENT_FIRST_NO_PREVIEW',
    channels: ['WEB'],
    offerTypes: ['WAIT_FOR_AGENT'],
    notifies: false,
  },
  {
    ...ORIGINATED,
    name: 'user-originated-immediate',
    traits: ['any', 'is-called'],
    callbackType: 'IMMEDIATE',
    channels: ['MOBILE'],
    offerTypes: ['IMMEDIATE'],
  },
  {
    ...ORIGINATED,
    name: 'user-originated-delayed',
    traits: ['any', 'pushes'],
    callbackType: 'WAIT_FOR_AGENT',
    channels: ['MOBILE'],
    offerTypes: ['WAIT_FOR_AGENT'],
  },
  {
    ...TERMINATED,
    name: 'ivr-classic',
    traits: ['any', 'dials', 'offers-in-queue'],
    callbackType: 'WAIT_FOR_AGENT',
    channels: ['IVR'],
    offerTypes: ['WAIT_FOR_AGENT', COMBINED],
    startsAt: 'offer',
  },
  {
    ...TERMINATED,
    name: 'ivr-classic-scheduled',
    traits: ['any', 'dials', 'offers-in-queue'],
    callbackType: 'SCHEDULED',
    channels: ['IVR'],
    offerTypes: [COMBINED, 'SCHEDULED'],
  },
  {
    ...TERMINATED,
    name: 'capacity',
    traits: ['any', 'dials', 'has-slots'],
    callbackType: 'SCHEDULED',
    channels: ['WEB'],
    offerTypes: ['SCHEDULED'],
  },
  {
    ...TERMINATED,
    name: 'preview-and-disposition',
    traits: ['any', 'dials', 'previews', 'disposes'],
    callbackType: 'WAIT_FOR_AGENT',
    connectOrder: 'AGENT_FIRST_PREVIEW',
    channels: ['WEB', 'IVR'],
    offerTypes: ['WAIT_FOR_AGENT'],
    notifies: false,
  },
];
