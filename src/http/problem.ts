/** RFC 9457 problem documents: the one shape of every refusal. */
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from '../domain/log.js';
import { type ErrorCode, MonitorError } from '../domain/errors.js';
import type { Violation } from '../domain/notification.js';

export interface Problem {
  readonly status: number;
  /** Last part of the type URN. */
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly Violation[];
  readonly quarantineId?: string;
  /** What was done before it broke off. */
  readonly items?: readonly unknown[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem on its way to the client. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export function problemJson({ status, type, title, detail, violations, quarantineId, items }: Problem): string {
  return JSON.stringify({
    type: `urn:ocs-campaign-monitor:problem:${type}`,
    title,
    status,
    detail,
    ...(violations && { violations }),
    ...(quarantineId && { quarantine_id: quarantineId }),
    ...(items && { items }),
  });
}

export function sendProblem(response: Response, problem: Problem): void {
  const text = problemJson(problem);
  response.status(problem.status).set(problem.headers ?? {});
  response.set('Content-Type', 'application/problem+json').send(Buffer.from(text));
}

/** Expected failures to HTTP; every other code is a fault of ours. */
const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  OCM_BAD_PARAMETER: 400,
  OCM_NOTHING_STORED: 404,
  OCM_UNAVAILABLE: 503,
  OCM_OVERLOADED: 503,
  OCM_RELOAD_FAILED: 503,
  OCM_DAMAGED: 503,
};

const TITLES: Readonly<Record<number, string>> = { 400: 'A parameter is faulty', 404: 'Nothing of it is stored' };

/** Seconds after which a sender that can may try again. */
export const RETRY_AFTER_SECONDS = 1;

/** The problem that stands for an error; a bug shows nothing of itself but an id that the log has too. */
export function problemOf(error: unknown, errorId: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  const status = error instanceof MonitorError ? STATUS_OF[error.code] : undefined;
  if (error instanceof MonitorError && status !== undefined) {
    const headers = { 'Retry-After': String(RETRY_AFTER_SECONDS) };
    const type = error.code.replace('OCM_', '').toLowerCase().replaceAll('_', '-');
    const title = TITLES[status] ?? 'Not possible right now';
    return { status, type, title, detail: error.message, ...(status === 503 && { headers }) };
  }
  if (isClientError(error)) {
    return {
      status: error.status,
      type: 'bad-request',
      title: 'The request cannot be read',
      detail: 'Check the encoding of its URL and, where it carries JSON, of its body.',
    };
  }
  return {
    status: 500,
    type: 'internal',
    title: 'Internal error',
    detail: `Please report it with the id ${errorId}.`,
  };
}

/** Errors that Express raises for the client's mistakes, such as a URL it cannot decode. */
function isClientError(error: unknown): error is Error & { status: number } {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/**
 * Answers whatever went wrong in a handler and tells of it; `dress` puts on what every answer carries. Where it is too
 * late for an answer the connection ends; what was a fault of ours is logged all the same.
 */
export function handleErrors(
  log: Logger,
  newId: () => string,
  dress: (response: Response) => void,
  onProblem: (request: Request, problem: Problem) => void,
): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express tells error handlers by their four parameters
  return (error, request, response, _next) => {
    const id = newId();
    const problem = problemOf(error, id);
    const isGone = request.socket.destroyed;
    if (problem.status === 500 && !isGone) log.error({ id, err: error as Error }, 'a request failed');
    if (response.headersSent || isGone) {
      request.socket.destroy();
      return;
    }
    onProblem(request, problem);
    dress(response);
    sendProblem(response, problem);
  };
}
