/** What to do when nothing was received yet: the one place where this text stands on the page. */

export interface SetUpStep {
  readonly what: string;
  /** Options to set, URLs to name, or what to run. */
  readonly code: string;
}

/** `base` is the URL of this service, without a slash at its end. */
export function setUpSteps(base: string): readonly SetUpStep[] {
  return [
    {
      what: 'Set these options of the OCS application. With several OCS, give each a name of its own in the URL.',
      code: [
        'send-campaigngroup-states = true',
        `campaigngroup-states-uri  = ${base}/ocs/campaign-group-state`,
        `                       or = ${base}/ocs/{source}/campaign-group-state`,
      ].join('\n'),
    },
    {
      what: 'For callbacks, let the Callback strategy and GMS post their records and notifications.',
      code: `${base}/gms/callback-events\n${base}/gms/status-notifications`,
    },
    {
      what: 'No OCS at hand? Let the simulator post to this service.',
      code: `ocs-monitor simulate --url ${base}`,
    },
  ];
}
