import { MonitorError } from '../domain/errors.js';

const NAME = 'campaign-group-state';

/**
 * Where a source posts to. `url` is a base (`http://host:8080`, `http://host/t/secret/`), below which the receiver's
 * path is put, or the full path. The source goes into the path unless it is null (the only one).
 */
export function receivingUrl(url: string, source: string | null): URL {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target?.protocol !== 'http:' && target?.protocol !== 'https:') {
    throw new MonitorError('OCM_USAGE', `not an http or https URL: ${url}`);
  }
  const path = target.pathname.replace(/\/+$/, '');
  if (!path.endsWith(`/${NAME}`)) {
    target.pathname = source === null ? `${path}/ocs/${NAME}` : `${path}/ocs/${source}/${NAME}`;
  } else if (source !== null) {
    // A source that the URL already names gives way.
    const before = path.replace(/(\/ocs)(\/[^/]+)?\/campaign-group-state$/, '$1');
    target.pathname =
      before === path ? `${path.slice(0, -NAME.length)}${source}/${NAME}` : `${before}/${source}/${NAME}`;
  } else {
    target.pathname = path;
  }
  return target;
}
