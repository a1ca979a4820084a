import type { RequestHandler } from 'express';

/** What a browser meets at `/`: where OCS posts, and where people and Prometheus read. */
export function landingPage(basePath: string, version: string): RequestHandler {
  const link = (path: string, text: string) => `<li><a href="${basePath}${path}">${path}</a> ${text}</li>`;
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ocs-campaign-monitor</title>
<h1>ocs-campaign-monitor ${version}</h1>
<p>Outbound Contact Server posts to <code>${basePath}/ocs/campaign-group-state</code>,
or to <code>${basePath}/ocs/{source}/campaign-group-state</code> when there are several.</p>
<ul>
${link('/api/v1/campaign-groups', 'campaign groups as they stand')}
${link('/api/v1/transitions', 'transitions of the last 24 hours')}
${link('/api/v1/quarantine', 'bodies that could not be applied')}
${link('/metrics', 'for Prometheus')}
${link('/readyz', 'health')}
</ul>
</html>
`;
  return (_request, response) => {
    response.type('html').send(page);
  };
}
