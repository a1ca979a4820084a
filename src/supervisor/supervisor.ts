/**
 * Keeps one service running on a socket that outlives it.
 *
 * - starting: the first service; when it cannot start, everything ends with its exit status.
 * - serving: one service. When it dies, another is started: at once, then after longer and longer pauses.
 * - replacing: a successor starts beside the service and reads; the service knows nothing of it.
 * - handing over: the successor is prepared, the predecessor drains; its end is the successor's order to take over.
 * - backing off: nobody serves; the kernel holds the connections.
 * - stopping: every service was told to end.
 */
import { messageOf, MonitorError } from '../domain/errors.js';
import type { Logger } from '../domain/log.js';
import type { Reload } from '../domain/reload.js';
import type { HandOver } from '../domain/hand-over.js';
import { Limits } from './limits.js';
import type { Order, Report } from './messages.js';

export interface Child {
  readonly pid: number;
  send(order: Order): void;
  /** Ends it without asking. */
  kill(): void;
}

/** Why a service ended: its exit status, or the signal or fault that kept it from one. */
export interface Exit {
  readonly status: number | null;
  readonly reason: string;
}

export interface ChildListener {
  readonly onReport: (report: Report) => void;
  readonly onExit: (exit: Exit) => void;
}

export type Role = 'service' | 'successor';

export interface SupervisorOptions {
  /** Starts a service; its listener is called later, never from within. */
  readonly spawn: (role: Role, listener: ChildListener) => Child;
  /** Calls `work` once after some time, unless it is cancelled. */
  readonly after: (ms: number, work: () => void) => () => void;
  readonly nowMs: () => number;
  readonly log: Logger;
  /** How long a service drains that has not said so itself: it never became ready. */
  readonly drainMs: number;
}

/** The pause before the second attempt in a row; it doubles from there. The first follows at once. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** A service that was ready for this long was healthy: its death is no attempt in a row. */
const HEALTHY_MS = 10_000;
/**
 * A successor that is not prepared within this hangs: what it reads takes seconds. Less than `ocs-monitor reload` waits
 * for its answer, so that it hears why.
 */
const PREPARE_MS = 45_000;
/** A predecessor that takes so much longer than its drain, and says nothing of a slow disk, is ended without asking. */
const HAND_OVER_GRACE_MS = 10_000;
/** Whatever it says: the longest its answers take on a slow disk (src/service/finishing.ts), and as long for its last writes. */
const LONGEST_END_MS = 120_000;
/** The same for the end of everything: its log is written back meanwhile, and nobody waits to take over. */
const STOP_GRACE_MS = 60_000;
/** A service told to end now does so sooner; one that does not hangs. Two seconds are promised for all of it. */
const MAX_END_MS = 1800;

/** What to do about a service that does not come up: it is tried again by itself. */
const MEND =
  'its own message says why: mend that, or go back to the previous program and settings; SIGHUP tries at once';
const STOPPING = 'the service is stopping; when it starts again it reads its settings';

type State =
  | { readonly kind: 'starting'; readonly child: Child }
  | { readonly kind: 'serving'; readonly child: Child }
  /** The predecessor is null when it died meanwhile: then the successor takes over as soon as it is prepared. */
  | { readonly kind: 'replacing'; readonly predecessor: Child | null; readonly successor: Child }
  | { readonly kind: 'handing-over'; readonly predecessor: Child; readonly successor: Child | null }
  | { readonly kind: 'backing-off'; readonly cancel: () => void }
  | { readonly kind: 'stopping'; readonly children: readonly Child[]; readonly status: number };

interface Asked {
  readonly resolve: (reload: Reload) => void;
  readonly reject: (error: MonitorError) => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #ended: Promise<number>;
  #end: (status: number) => void = () => undefined;
  #state: State;
  /** What those said that became ready: each has the settings of its own start. */
  readonly #drains = new WeakMap<Child, number>();
  readonly #limits: Limits;
  /** Who owes nobody an answer any more. */
  readonly #answered = new WeakSet<Child>();
  /** Since when nobody accepts, null: somebody does, or nobody did yet. */
  #unservedSinceMs: number | null = null;
  #readySinceMs: number | null = null;
  #deathsInARow = 0;
  /** A signal that came while a replacement was under way: the successor may have read the settings before they changed. */
  #again = false;
  #by: 'signal' | null = null;
  /** Who waits to hear whether the successor came up. */
  #asked: Asked[] = [];

  /** Starts the first service. */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#limits = new Limits(options);
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.#state = { kind: 'starting', child: this.#spawn('service') };
  }

  /** Resolves with the exit status when no service is left. */
  ended(): Promise<number> {
    return this.#ended;
  }

  /** Starts a successor. Resolves when it is prepared to take over; throws OCM_RELOAD_FAILED, and nothing has changed. */
  replace(by: 'signal' | null = null): Promise<Reload> {
    const state = this.#state;
    switch (state.kind) {
      case 'serving': {
        this.#by = by;
        state.child.send({ kind: 'note-changes' });
        const successor = this.#spawn('successor');
        this.#state = { kind: 'replacing', predecessor: state.child, successor };
        this.#options.after(PREPARE_MS, () => {
          this.#giveUp(successor);
        });
        this.#options.log.info({ predecessor: state.child.pid, successor: successor.pid }, 'replacing the service');
        return new Promise((resolve, reject) => this.#asked.push({ resolve, reject }));
      }
      case 'backing-off': {
        state.cancel();
        return Promise.resolve({ outcome: 'replacing', successor: this.#serveAnew().pid, drainMs: 0 });
      }
      case 'starting':
        return Promise.reject(reloadFailed('the service is still starting: try again when /readyz answers'));
      case 'replacing':
      case 'handing-over':
        return Promise.reject(reloadFailed('it is being replaced already: try again when /readyz names another child'));
      case 'stopping':
        return Promise.reject(reloadFailed(STOPPING));
    }
  }

  /** The same for a signal, which nobody waits for: while a replacement is under way, another one follows it. */
  replaceOnSignal(): void {
    const { kind } = this.#state;
    if (kind === 'starting' || kind === 'replacing' || kind === 'handing-over') {
      this.#again = true;
      this.#options.log.info({}, 'the service is replaced again when the one that is starting is ready');
      return;
    }
    this.#again = false;
    this.replace('signal').catch((error: unknown) => {
      this.#options.log.warn({ why: messageOf(error) }, 'not replaced');
    });
  }

  /** Ends every service and then everything. A second call can make haste. */
  stop(how: 'drain' | 'now'): void {
    const children = this.#children();
    if (this.#state.kind === 'backing-off') this.#state.cancel();
    if (this.#state.kind !== 'stopping') this.#state = { kind: 'stopping', children, status: 0 };
    this.#answerAsked(reloadFailed(STOPPING));
    for (const child of children) {
      child.send({ kind: 'end', how });
      if (how === 'now') this.#limits.limit(child, MAX_END_MS);
      else this.#limits.limit(child, this.#drainMsOf(child) + STOP_GRACE_MS, this.#drainMsOf(child) + LONGEST_END_MS);
    }
    if (children.length === 0) this.#end(0);
  }

  #children(): readonly Child[] {
    const state = this.#state;
    switch (state.kind) {
      case 'starting':
      case 'serving':
        return [state.child];
      case 'replacing':
      case 'handing-over':
        return [state.predecessor, state.successor].filter((child) => child !== null);
      case 'backing-off':
        return [];
      case 'stopping':
        return state.children;
    }
  }

  #spawn(role: Role): Child {
    const child: Child = this.#options.spawn(role, {
      onReport: (report) => {
        this.#hear(child, report);
      },
      onExit: (exit) => {
        this.#lose(child, exit);
      },
    });
    return child;
  }

  #hear(child: Child, report: Report): void {
    const state = this.#state;
    if (!this.#children().includes(child)) return;
    switch (report.kind) {
      case 'ready':
        this.#readySinceMs = this.#options.nowMs();
        this.#drains.set(child, report.drainMs);
        this.#noteServed(child);
        if (state.kind === 'starting') this.#state = { kind: 'serving', child };
        if (this.#again) this.replaceOnSignal();
        return;
      case 'prepared':
        if (state.kind === 'replacing' && child === state.successor) this.#handOver(state.predecessor, child);
        return;
      case 'ending':
        this.#limits.noteSign(child);
        this.#unservedSinceMs ??= this.#options.nowMs();
        if (report.stage === 'answered') this.#answered.add(child);
        return;
      case 'released':
        if (state.kind === 'handing-over' && child === state.predecessor && state.successor !== null)
          this.#takeOver(state.successor, { touched: report.touched ?? null, waitedMs: this.#waitedMs() });
        return;
      case 'reload':
        this.replace().then(
          (reload) => {
            if (reload.outcome !== 'replacing') return;
            const { successor, drainMs } = reload;
            child.send({ kind: 'reloading', successor, drainMs });
          },
          (error: unknown) => {
            child.send({ kind: 'reload-failed', why: messageOf(error) });
          },
        );
        return;
    }
  }

  #handOver(predecessor: Child | null, successor: Child): void {
    const drainMs = predecessor === null ? 0 : this.#drainMsOf(predecessor);
    this.#answerAsked({ outcome: 'replacing', successor: successor.pid, drainMs });
    if (predecessor === null) {
      this.#takeOver(successor);
      return;
    }
    this.#state = { kind: 'handing-over', predecessor, successor };
    // The answer to a reload goes first: the predecessor may be the one who was asked.
    predecessor.send({ kind: 'end', how: 'hand-over' });
    this.#limits.limit(predecessor, drainMs + HAND_OVER_GRACE_MS, drainMs + LONGEST_END_MS);
  }

  /** Whether it is the one that accepts. */
  #serves(child: Child): boolean {
    const state = this.#state;
    if (state.kind === 'starting' || state.kind === 'serving') return state.child === child;
    return (state.kind === 'replacing' || state.kind === 'handing-over') && state.predecessor === child;
  }

  /** Tells how long connections waited in the kernel. */
  #noteServed(child: Child): void {
    if (this.#unservedSinceMs === null) return;
    const unservedMs = this.#waitedMs();
    this.#unservedSinceMs = null;
    this.#options.log.info({ pid: child.pid, unservedMs }, 'serving again: connections waited meanwhile');
  }

  #waitedMs(): number {
    const nowMs = this.#options.nowMs();
    return Math.round(nowMs - (this.#unservedSinceMs ?? nowMs));
  }

  #drainMsOf(child: Child): number {
    return this.#drains.get(child) ?? this.#options.drainMs;
  }

  /** Ends a successor that hangs before it is prepared: it keeps the service from being replaced by any other. */
  #giveUp(successor: Child): void {
    const state = this.#state;
    if (state.kind !== 'replacing' || state.successor !== successor) return;
    // Killed first, and given up whether that ends it or not.
    successor.kill();
    this.#loseWhileReplacing(state, successor, { status: null, reason: `not prepared within ${PREPARE_MS / 1000} s` });
  }

  #takeOver(successor: Child, handOver: HandOver | null = null): void {
    this.#readySinceMs = null;
    this.#state = { kind: 'serving', child: successor };
    successor.send({ kind: 'take-over', by: this.#by, handOver });
  }

  #serveAnew(): Child {
    this.#readySinceMs = null;
    // It reads the settings as they are now.
    this.#again = false;
    const child = this.#spawn('service');
    this.#state = { kind: 'serving', child };
    return child;
  }

  #lose(child: Child, exit: Exit): void {
    const { log } = this.#options;
    const died = { pid: child.pid, reason: exit.reason };
    const state = this.#state;
    if (this.#drains.has(child) && this.#serves(child)) this.#unservedSinceMs ??= this.#options.nowMs();
    this.#limits.noteExit(child);
    // A predecessor that has handed over ends when it likes, within its limit.
    if (!this.#children().includes(child)) return;
    switch (state.kind) {
      case 'starting':
        this.#end(exit.status ?? 1);
        return;
      case 'serving':
        this.#backOff(died);
        return;
      case 'replacing':
        this.#loseWhileReplacing(state, child, exit);
        return;
      case 'handing-over':
        if (child === state.successor) {
          log.error(died, 'the successor died; another one starts when the predecessor has drained');
          this.#state = { ...state, successor: null };
        } else if (state.successor === null) this.#backOff(died, exit.status === 0);
        else {
          if (exit.status !== 0) log.error(died, 'the predecessor died while it drained');
          this.#takeOver(state.successor);
        }
        return;
      case 'backing-off':
        return;
      case 'stopping': {
        const children = state.children.filter((other) => other !== child);
        // One that never became ready has taken nothing: to kill it in its start is no failure. Nor is it where everybody
        // has an answer, and only the disk is too slow: what is committed lies in the log.
        const killed = this.#drains.has(child) && !this.#answered.has(child) ? 1 : 0;
        const status = Math.max(state.status, exit.status ?? killed);
        this.#state = { ...state, children, status };
        if (children.length === 0) this.#end(status);
      }
    }
  }

  #loseWhileReplacing(state: State & { kind: 'replacing' }, child: Child, { reason }: Exit): void {
    const { log } = this.#options;
    const died = { pid: child.pid, reason };
    if (child !== state.successor) {
      log.error(died, 'the service died; its successor takes over');
      this.#state = { ...state, predecessor: null };
      return;
    }
    const why = `the successor did not come up (${reason}): see the log`;
    this.#answerAsked(reloadFailed(why));
    if (state.predecessor === null) {
      this.#backOff(died);
      return;
    }
    log.error(died, 'the successor did not come up; the service goes on as it was');
    this.#state = { kind: 'serving', child: state.predecessor };
    // Whether the settings are faulty, the next one will show: they may have been mended since.
    if (this.#again) this.replaceOnSignal();
    else state.predecessor.send({ kind: 'not-replaced', by: this.#by, why });
  }

  #backOff(died: object, asAsked = false): void {
    const { log, after, nowMs } = this.#options;
    if (this.#readySinceMs !== null && nowMs() - this.#readySinceMs >= HEALTHY_MS) this.#deathsInARow = 0;
    const pauseMs =
      this.#deathsInARow === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#deathsInARow - 1));
    this.#deathsInARow++;
    if (asAsked)
      log.info({ ...died, pauseMs }, 'the predecessor has ended without a successor; another service is started');
    else if (this.#readySinceMs === null)
      log.error({ ...died, pauseMs, next: MEND }, 'the service did not come up and is tried again; connections wait');
    else log.error({ ...died, pauseMs }, 'the service died and is started again');
    const cancel = after(pauseMs, () => {
      this.#serveAnew();
    });
    this.#state = { kind: 'backing-off', cancel };
  }

  #answerAsked(answer: Reload | MonitorError): void {
    for (const { resolve, reject } of this.#asked.splice(0)) {
      if (answer instanceof MonitorError) reject(answer);
      else resolve(answer);
    }
  }
}

function reloadFailed(why: string): MonitorError {
  return new MonitorError('OCM_RELOAD_FAILED', why);
}
