/** Where the program writes what somebody may have to act on. Never a body, a secret, or a URL with one. */
export interface Logger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
