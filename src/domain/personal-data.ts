/** A number as it is hashed: its digits, without the 00 that some write for +. */
export function normaliseNumber(number: string): string {
  return number.replace(/\D/g, '').replace(/^00/, '');
}
