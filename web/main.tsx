/**
 * The live page, a program of its own that knows the service by its API. `npm run build` bundles it into dist/page/,
 * src/http/page.ts serves it under a policy that allows nothing inline and nothing from elsewhere.
 *
 * - `model.ts`: what is known, one cell a campaign group, fed by the list once and by /api/v1/stream from then on.
 *   `cell.ts`: a component that uses a cell re-renders when that cell changes, and for nothing else.
 * - `route.ts`: the view and its choices, all in the URL's hash. `preferences.ts`: what a viewer likes.
 * - Pure and tested without a browser: `format.ts`, `trouble.ts` (what wants a person; the order of the wall),
 *   `wall-list.ts` (filter, search, sort), `lanes.ts` (transitions to intervals), `goal.ts`, `state-look.ts` (the one
 *   table of how states look).
 * - `focus.ts`: the focus is never nowhere. `say.ts`: what a screen reader is told of what keys and choices did.
 * - `parts/`: what views are made of. `useLoaded` loads data and aborts it; `VirtualList` shows long lists; times are
 *   `<Since>` and `<Clock>`; nothing to show is `<Empty>`, `<Loading>` or `<Failed>`. What a sender wrote is `<Said>`,
 *   and each view and panel stands in a `<Boundary>`.
 * - `views/`: a view is one file, with parts of its own beside it. A new one is named in `route.ts` and `frame.tsx`;
 *   all but the wall are fetched when there is nothing else to do.
 * - `docs/`: another page, `/docs`, with a bundle of its own.
 * - `styles.css` and `styles/`: colours are custom properties with a light and a dark value each.
 *
 * Elements whose text changes with time alone carry `data-tick`: tests of what an update touches leave them out.
 */
import { render } from 'preact';
import { keepFocus } from './focus.js';
import { followKeys } from './keys.js';
import { model } from './model.js';
import { Boundary } from './parts/boundary.js';
import { followPreferences } from './preferences.js';
import { followPrinting } from './printing.js';
import { followLocation } from './route.js';
import { followSilences } from './silences.js';
import { sparks } from './sparks.js';
import { followStrips } from './strips.js';
import { Frame } from './views/frame.js';
import { fetchLaterViews } from './views/later-view.js';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no #page');
followPreferences();
followPrinting();
followLocation();
followKeys();
keepFocus();
model.start();
sparks.follow(model);
followSilences(model);
followStrips(model);
root.replaceChildren();
render(
  <Boundary what="This page" as="view">
    <Frame />
  </Boundary>,
  root,
);
fetchLaterViews();
