/**
 * What is wrong with a name as that of a database's file, null for nothing. SQLite and its driver give some names a
 * meaning of their own: what is written to a database in memory is gone with the process, and white space is cut off.
 */
export function fileNameFault(name: string): string | null {
  if (name.trim() === '') return 'no file is named';
  // eslint-disable-next-line no-control-regex -- These are what it looks for.
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'its name has a control character in it';
  if (name.trim() !== name) return 'its name begins or ends with white space';
  if (/^:.*:$/.test(name)) return 'a database in memory is gone with the process';
  if (/^[a-z]{2,}:/i.test(name)) return 'it is a URI, and should be the path of a file';
  if (name.includes('?')) return 'it takes no parameters';
  if (/(^|[\\/])\.{0,2}$/.test(name)) return 'it is a folder';
  return null;
}
