/** `/docs`: Swagger UI over the service's own OpenAPI document. Nothing in it asks anybody else. */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import { FROM_PAGE } from '../api.js';
import { followPreferences, theme } from '../preferences.js';

const place = document.getElementById('docs');
if (place === null) throw new Error('docs.html has no #docs');
const dark = matchMedia('(prefers-color-scheme: dark)');
const dress = () => {
  const isDark = theme.value === 'auto' ? dark.matches : theme.value === 'dark';
  document.documentElement.classList.toggle('dark-mode', isDark);
};
dark.addEventListener('change', dress);
theme.watch(dress);
followPreferences();
dress();
SwaggerUI({
  domNode: place,
  url: place.dataset['document'],
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // What would ask a server of its makers.
  validatorUrl: null,
  // So that a refusal does not make the browser itself ask for a password; not for the commands it shows.
  showMutatedRequest: false,
  requestInterceptor: (request) => {
    Object.assign(request.headers, FROM_PAGE);
    return request;
  },
});
