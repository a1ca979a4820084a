/** Trouble of the service itself that ends in lost posts: said where people look, not in the health view alone. */
import { useCell } from '../cell.js';
import { bytes, longDuration } from '../format.js';
import { model } from '../model.js';
import { hrefTo } from '../route.js';
import { StateMark } from './mark.js';

export function DiskNotice() {
  const store = useCell(model.service)?.store;
  if (store?.nearly_full !== true) return null;
  const { free_bytes: free, full_in_seconds: fullIn } = store;
  return (
    <p class="notice notice-trouble" role="status">
      <b class="trouble tone-trouble">
        <StateMark look={{ mark: 'alarm', tone: 'trouble' }} />
        Disk nearly full
      </b>
      <span>
        {bytes(free ?? 0)} left
        {fullIn === null ? '' : `, full in ${longDuration(fullIn * 1000)} at the present growth`}. On a full disk posts
        are refused, and lost.
      </span>
      <a href={hrefTo('health')}>Health</a>
    </p>
  );
}
