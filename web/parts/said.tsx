/** What a sender wrote, apart from what stands around it; a dash where it wrote nothing. */
import { Fragment } from 'preact';
import { contained } from '../bidi.js';
import { NOT_KNOWN } from '../format.js';

export function Said({ text }: { readonly text: string | number | null | undefined }) {
  if (text === null || text === undefined || text === '') return <>{NOT_KNOWN}</>;
  return <bdi>{contained(String(text))}</bdi>;
}

/** Several in a row with a dot between; those that say nothing are left out. */
export function SaidTogether({ texts }: { readonly texts: readonly (string | null)[] }) {
  const said = texts.filter((text) => text !== null && text !== '');
  return (
    <>
      {said.map((text, index) => (
        <Fragment key={index}>
          {index > 0 && ' · '}
          <Said text={text} />
        </Fragment>
      ))}
    </>
  );
}
