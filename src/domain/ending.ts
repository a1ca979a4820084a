/**
 * `drain`: goes on accepting until the senders' connections have closed by themselves (every answer says
 * `Connection: close`), then finishes. `hand-over`: the same, for the whole time: the socket outlives this process.
 * `now`: finishes what is in flight. `orphaned`: the same, in less time. All leave the database whole.
 */
export type Ending = 'drain' | 'hand-over' | 'now' | 'orphaned';

/** `answering`: nobody accepts any more, requests in flight are finished. `answered`: nobody is owed an answer. */
export type EndingStage = 'answering' | 'answered';
