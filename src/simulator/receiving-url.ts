import { MonitorError } from '../domain/errors.js';

/** Where campaign groups are told; the URL of a simulation may name it in full. */
const CAMPAIGN_GROUPS = 'ocs/campaign-group-state';
const FULL_PATH = /(\/ocs(\/[^/]+)?)?\/campaign-group-state$/;

/**
 * Where a source posts to. `url` is a base (`http://host:8080`, `http://host/t/secret/`), below which the receiver's
 * path is put, or the full path for campaign groups, whose base is then used. The source goes into the path unless it
 * is null (the only one). Throws OCM_USAGE when it is no http or https URL.
 */
export function receivingUrl(url: string, source: string | null, endpoint = CAMPAIGN_GROUPS): URL {
  const target = httpUrl(url);
  const path = target.pathname.replace(/\/+$/, '');
  if (endpoint === CAMPAIGN_GROUPS && FULL_PATH.test(path)) {
    target.pathname = source === null ? path : atFullPath(path, source);
    return target;
  }
  const [family, name] = endpoint.split('/') as [string, string];
  const base = path.replace(FULL_PATH, '');
  target.pathname = source === null ? `${base}/${family}/${name}` : `${base}/${family}/${source}/${name}`;
  return target;
}

function httpUrl(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : null;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  throw new MonitorError('OCM_USAGE', `not an http or https URL: ${url}`);
}

/** A source that the URL already names gives way. */
function atFullPath(path: string, source: string): string {
  return path.replace(FULL_PATH, (_, family: string | undefined) => {
    const before = family === undefined ? '' : '/ocs';
    return `${before}/${source}/campaign-group-state`;
  });
}
