/** Expected failures. A code that has been retired is never used again. */
export const ERROR_CODES = {
  OCM_CONFIG: 'the configuration is faulty',
  OCM_CANNOT_LISTEN: 'the address cannot be listened on',
  OCM_LOCKED: 'another process writes to this database',
  OCM_NEWER_SCHEMA: 'the database was written by a newer version',
  OCM_NOT_OURS: 'the file is not a database of this program',
  OCM_NOT_DURABLE: 'the database did not keep its durability settings',
  OCM_UNAVAILABLE: 'the store cannot make anything durable right now',
  OCM_DAMAGED: 'a database or a copy of one is damaged',
  OCM_STORE_LOST: 'the database file is not there any more',
  OCM_RELOAD_FAILED: 'the successor did not come up; the service goes on as it was',
  OCM_OVERLOADED: 'the queue of posts waiting for a commit is full',
  OCM_BAD_PARAMETER: 'a parameter of the request is faulty',
  OCM_INTERRUPTED: 'a signal ended the command before it was done',
  OCM_USAGE: 'the command line is faulty',
  OCM_NOTHING_STORED: 'there is nothing of what was named',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Says what failed and, in its message, what to do next. Anything else that is thrown is a bug. */
export class MonitorError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MonitorError';
    this.code = code;
  }
}

/** The service ends before the disk has confirmed a post: nobody can say yet whether it is kept. */
export class Unconfirmed extends MonitorError {
  constructor() {
    super('OCM_UNAVAILABLE', 'the service ends, and the disk has not confirmed in time what it was given');
  }
}

/** What was thrown, in words; anything can be. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
