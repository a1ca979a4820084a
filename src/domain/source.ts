/** A source names the sending OCS or environment in a path: 1 to 64 of these characters, and no `.` or `..`. */
const SOURCE_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/;

export function isSourceName(text: string): boolean {
  return SOURCE_NAME.test(text);
}
