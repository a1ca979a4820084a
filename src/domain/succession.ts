/** Groups that a predecessor's commits have touched since a moment, by a clock that all processes of a machine share. */
export interface Touched {
  readonly sinceMs: number;
  readonly groupNos: readonly number[];
}
