/** The packages that an installation is made of, one file each. */
export interface Parcels {
  /** As it is built, and the same with a version that sorts before it. */
  readonly present: string;
  readonly earlier: string;
  /** They stand for a site's packages of Node. */
  readonly node20: string;
  readonly node24: string;
}
