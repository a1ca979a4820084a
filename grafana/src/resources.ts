/**
 * The dashboards as resources of Grafana's API, for Git Sync (Grafana 13): a folder with its metadata file, and in each
 * resource the classic model as it is. `metadata.name` is the uid: links and bookmarks stay, whichever way a dashboard came.
 */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { FolderBuilder, manifest } from '@grafana/grafana-foundation-sdk/folderv1';
import { DashboardKind, ManifestBuilder, named } from '@grafana/grafana-foundation-sdk/resource';
import { asJson } from './json.js';

/** The version whose `spec` is the classic model; the SDK has no constant of it. */
const CLASSIC_API = 'dashboard.grafana.app/v1';
const FOLDER = { uid: 'ocs', title: 'OCS' } as const;

/** Path below the root to content. */
export function resourceFiles(dashboards: readonly Dashboard[]): Record<string, string> {
  const path = (name: string) => `grafana/git-sync/${FOLDER.uid}/${name}.json`;
  const resources = dashboards.map(({ uid = '', ...spec }) => {
    const resource = new ManifestBuilder().apiVersion(CLASSIC_API).kind(DashboardKind).metadata(named(uid)).spec(spec);
    return [path(uid), asJson(resource.build())];
  });
  const folder = manifest(FOLDER.uid, new FolderBuilder(FOLDER.title)).build();
  return { [path('_folder')]: asJson(folder), ...(Object.fromEntries(resources) as Record<string, string>) };
}
