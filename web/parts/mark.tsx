/** The mark of a state, and the mark with its word: never colour alone. */
import type { CampaignGroup } from '../api-types.js';
import { type Look, lookOfGroup, type Mark } from '../state-look.js';
import { TROUBLE_WORDS, type Trouble } from '../trouble.js';

function shapeOf(mark: Mark) {
  switch (mark) {
    case 'disc':
      return <circle cx="6" cy="6" r="5" fill="currentColor" />;
    case 'ring':
      return <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2" />;
    case 'half':
      return (
        <>
          <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M6 2a4 4 0 0 0 0 8z" fill="currentColor" />
        </>
      );
    case 'bar':
      return <rect x="1" y="4.5" width="10" height="3" rx="1.5" fill="currentColor" />;
    case 'empty':
      return (
        <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.25" stroke-dasharray="2 2" />
      );
    case 'question':
      return (
        <path
          d="M3.4 4.2a2.6 2.6 0 1 1 4 2.2C6.4 7 6 7.4 6 8.2M6 10.6v.2"
          fill="none"
          stroke="currentColor"
          stroke-width="1.7"
          stroke-linecap="round"
        />
      );
    case 'alarm':
      return <path d="M6 .8 11.6 11H.4zM6 4.4v3.4M6 9.2v.4" fill="none" stroke="currentColor" stroke-width="1.4" />;
  }
}

export function StateMark({ look }: { readonly look: Pick<Look, 'mark' | 'tone'> }) {
  return (
    <svg class={`mark tone-${look.tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {shapeOf(look.mark)}
    </svg>
  );
}

export function StateBadge({ look }: { readonly look: Look }) {
  return (
    <span class={`state tone-${look.tone}`} title={look.meaning}>
      <StateMark look={look} />
      <span class="state-word">{look.label}</span>
    </span>
  );
}

export function GroupState({ group }: { readonly group: CampaignGroup }) {
  return <StateBadge look={lookOfGroup(group)} />;
}

export function TroubleBadge({ trouble }: { readonly trouble: Trouble }) {
  return (
    <span class="trouble tone-trouble">
      <StateMark look={{ mark: 'alarm', tone: 'trouble' }} />
      {TROUBLE_WORDS[trouble]}
    </span>
  );
}
