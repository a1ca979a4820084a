/** Posts to a running service, over HTTP as OCS sends them. */
import { aPost } from './posts.js';

export async function postOcs(url: string, fields: Record<string, unknown> = {}): Promise<void> {
  const response = await fetch(`${url}/ocs/campaign-group-state`, {
    method: 'POST',
    body: JSON.stringify(aPost(fields)),
  });
  if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`);
}

/** What names a group: enough to make many. */
export function groupNamed(number: number): Record<string, unknown> {
  return {
    GSW_CAMPAIGN_GROUP_DBID: String(1000 + number),
    GSW_CAMPAIGN_GROUP_NAME: `Campaign ${String(number).padStart(4, '0')}@Agents`,
    GSW_CAMPAIGN_NAME: `Campaign ${String(number).padStart(4, '0')}`,
  };
}

/** So many groups, each with these fields. */
export async function postGroups(url: string, count: number, fields: Record<string, unknown>): Promise<void> {
  const AT_ONCE = 32;
  let next = 0;
  const post = async () => {
    while (next < count) await postOcs(url, { ...groupNamed(next++), ...fields });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, post));
}
