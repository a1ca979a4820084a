/** What `/api/v1/first-steps` and `/api/v1/arrivals` answer, as far as the page shows it. */
export interface FirstSteps {
  readonly steps: readonly Task[];
}

export interface Task {
  readonly key: string;
  readonly title: string;
  readonly options: readonly OptionToSet[];
  readonly checks: readonly string[];
}

interface OptionToSet {
  readonly where: string;
  readonly section: string | null;
  readonly name: string;
  readonly value: string;
  readonly why: string;
}

export interface Arrivals {
  readonly refused: readonly RefusedArrival[];
  readonly accepted: readonly AcceptedArrival[];
}

export interface RefusedArrival {
  readonly last_at: string;
  readonly count: number;
  readonly last_hour: number;
  readonly method: string;
  readonly path: string;
  readonly source: string | null;
  readonly status: number | null;
  readonly outcome: string;
  readonly remote_address: string;
  readonly fault: string;
  readonly next: string;
}

interface AcceptedArrival {
  readonly endpoint: string;
  readonly source: string;
  readonly count: number;
  readonly last_at: string;
  readonly fault: string | null;
  readonly next: string | null;
}

/** Steps that OCS needs; those of callbacks are for sites that have them. */
const OF_OCS: ReadonlySet<string> = new Set(['ocs', 'ocs-log', 'way']);

export function isForOcs({ key }: Task): boolean {
  return OF_OCS.has(key);
}

/** Options by the place where they are set, in the order of the step. */
export function byPlace(options: readonly OptionToSet[]): [place: string, options: OptionToSet[]][] {
  const places = new Map<string, OptionToSet[]>();
  for (const option of options) {
    const place = option.section === null ? option.where : `${option.where}, [${option.section}]`;
    places.set(place, [...(places.get(place) ?? []), option]);
  }
  return [...places];
}
