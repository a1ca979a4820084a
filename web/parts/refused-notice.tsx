/** Posts that were refused in the last hour, where people look: groups that stand still may be posts at a shut door. */
import { useEffect } from 'preact/hooks';
import { useCell } from '../cell.js';
import { count } from '../format.js';
import { model } from '../model.js';
import { hrefTo } from '../route.js';
import { StateMark } from './mark.js';
import { Said } from './said.js';
import { Since } from './time.js';

const REFRESH_MS = 5000;

export function RefusedNotice() {
  const refused = useCell(model.service)?.refused;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && model.connection.value.status !== 'lost') void model.askService();
    }, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  if (refused === undefined || refused.last_hour === 0) return null;
  const { last_hour: times, last_at: at, most } = refused;
  return (
    <p class="notice notice-trouble refused-notice" role="status">
      <b class="trouble tone-trouble">
        <StateMark look={{ mark: 'alarm', tone: 'trouble' }} />
        {times === 1 ? '1 post' : `${count(times)} posts`} refused in the last hour
      </b>
      <span>
        {most !== null && (
          <>
            Most likely <Said text={most.fault} /> (from <Said text={most.source ?? most.remote_address} />
            {most.status === null ? '' : `, ${most.status}`}).{' '}
          </>
        )}
        Last <Since at={at} /> ago.
      </span>
      <a href={hrefTo('health')}>What to do</a>
    </p>
  );
}
