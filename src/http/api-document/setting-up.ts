/** The part of the API's document about setting senders up. */
import {
  bytes,
  count,
  flag,
  listOf,
  number,
  objectOf,
  oneOf,
  orNull,
  refTo,
  type Schema,
  seconds,
  text,
  time,
} from '../../reports/schema.js';

const violations = listOf(refTo('Violation'), 'What was odd about it.');
const advice = {
  fault: text('What is most likely wrong.'),
  next: text('What to do next.'),
};

const refused = objectOf({
  first_at: time('The first of them.'),
  last_at: time('The last of them.'),
  count: count('Equal ones.'),
  last_hour: count('Of them, those of the last hour.'),
  method: text('The method; ? when it is not known.'),
  path: text('The path, without secrets; ? when it is not known.'),
  source: orNull(text('The source it named.')),
  endpoint: orNull(text('The endpoint it was meant for.')),
  status: orNull(count('The answer; null: the sender went away.')),
  outcome: text('What became of it.'),
  remote_address: text('Where it came from.'),
  bytes: orNull(bytes('Bytes of the body.')),
  content_encoding: orNull(text('Its Content-Encoding.')),
  offered: listOf(text('A place.'), 'Where it carried secrets; never the secrets.'),
  quarantine_id: orNull(text('Its row in quarantine.')),
  violations,
  clock_ahead_seconds: orNull(number('How far ahead its date-time is; negative: behind.')),
  ...advice,
});

/** A member of GET /api/v1/service. */
export const REFUSED_POSTS_SCHEMA: Schema = objectOf(
  {
    last_hour: count('In the last hour, as far as this process has run.'),
    last_at: orNull(time('When the last was; null: none since the start.')),
    most: orNull(refused),
  },
  'Posts that were not taken: 401, 403, 404, 413, 400, 422, 503, and what cannot be read as HTTP. `most` are those there were most of.',
);

/** GET /api/v1/arrivals. */
export const ARRIVALS_SCHEMA: Schema = objectOf({
  now: time('The clock of this service.'),
  refused: listOf(
    refused,
    'Refused requests, newest first; the last 50 different ones, and the last 5 of each reason for which one cannot be read.',
  ),
  accepted: listOf(
    objectOf({
      endpoint: text('The endpoint.'),
      source: text('The source.'),
      count: count('Good posts since the start.'),
      last_at: time('The last of them.'),
      outcome: text('Its outcome.'),
      remote_address: text('Where it came from.'),
      warnings: violations,
      fault: orNull(advice.fault),
      next: orNull(advice.next),
    }),
    'The last good post of each source and endpoint, newest first.',
  ),
});

/** GET /api/v1/first-steps. */
export const FIRST_STEPS_SCHEMA: Schema = objectOf({
  now: time('The clock of this service.'),
  installation: objectOf({
    origins: listOf(text('scheme://host:port'), 'Where posts can be sent.'),
    base_path: text('What stands before every path.'),
    source: text('The source the options are for.'),
    tls: flag('Whether posts go over TLS.'),
    secret: oneOf(['none', 'token', 'certificate', 'either'], 'What a sender has to show.'),
    groups: orNull(count('Campaign groups the source has shown.')),
    pii: text('masked or full.'),
    interval_seconds: orNull(seconds('Interval of periodic posts.')),
    ack_p99_seconds: orNull(seconds('Within this 99 of 100 posts were answered.')),
    ack_beyond_measure: flag('Whether it is longer than what is measured.'),
    body_limit_bytes: bytes('The largest body.'),
    limits_networks: flag('Whether only some addresses may post.'),
  }),
  steps: listOf(
    objectOf({
      key: text('Which step.'),
      title: text('What it is about.'),
      options: listOf(
        objectOf({
          where: text('The application or object.'),
          section: orNull(text('The section.')),
          name: text('The option.'),
          value: text('What to set it to; TOKEN stands for a secret.'),
          why: text('Why.'),
        }),
        'What to set.',
      ),
      checks: listOf(text('A check.'), 'How to see that it works.'),
    }),
    'In order.',
  ),
});
