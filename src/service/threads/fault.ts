/** Errors as they travel between threads: code and message. */
import { type ErrorCode, MonitorError } from '../../domain/errors.js';

export interface Fault {
  /** Null for a bug. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly stack: string;
}

export function faultOf(error: unknown): Fault {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: error instanceof MonitorError ? error.code : null, message, stack: stack ?? '' };
}

export function errorOf({ code, message, stack }: Fault): Error {
  if (code !== null) return new MonitorError(code, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
