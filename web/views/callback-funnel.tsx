/** How far callbacks came: a bar for each step, and the other ends; each leads to its callbacks. */
import { count, percent, words } from '../format.js';
import { choose } from '../route.js';
import { shareOf, type Totals } from '../totals.js';
import { Bar } from './calling-lists.js';

const STEPS: readonly (readonly [string, string])[] = [
  ['offered', 'Offered'],
  ['requested', 'Requested'],
  ['attempted', 'Attempted'],
  ['connected', 'Customer connected'],
  ['successful', 'Agent joined'],
];
const OTHER_ENDS = [
  'completed_without_agent',
  'cancelled',
  'rejected',
  'rescheduled',
  'transferred_to_rp',
  'redial_limit_reached',
  'abandoned_waiting',
  'timed_out',
  'transfer_failed',
] as const;

export function stepLabel(step: string): string {
  return STEPS.find(([name]) => name === step)?.[1] ?? words(step);
}

interface Props {
  readonly totals: Totals;
  /** The step or end whose callbacks are listed; empty: none. */
  readonly step: string;
}

export function Funnel({ totals, step }: Props) {
  const of = (name: string) => totals[name] ?? null;
  const finished = of('callbacks') ?? 0;
  const most = Math.max(...STEPS.map(([name]) => of(name) ?? 0), 1);
  const ends = OTHER_ENDS.filter((name) => of(name) !== 0);
  return (
    <section class="panel" aria-labelledby="funnel-title">
      <header>
        <h2 id="funnel-title">How far they got</h2>
        <span class="quiet">{count(finished)} finished</span>
      </header>
      {finished === 0 ? (
        <p class="quiet panel-body">No callback ended in this time.</p>
      ) : (
        <div class="panel-body">
          <p class="quiet funnel-head">Count, and its share of the step before: who of those came further.</p>
          <ol class="funnel">
            {STEPS.map(([name, label], index) => {
              const before = of(STEPS[index - 1]?.[0] ?? '');
              return (
                <li key={name}>
                  <StepButton name={name} label={label} isChosen={step === name} />
                  <Bar share={shareOf(of(name), most)} />
                  <b class="number">{count(of(name))}</b>
                  <span
                    class="quiet number"
                    title={index === 0 ? '' : `${count(of(name))} of the ${count(before)} of the step before`}
                  >
                    {index === 0 ? '' : percent(shareOf(of(name), before))}
                  </span>
                </li>
              );
            })}
          </ol>
          {ends.length > 0 && (
            <dl class="facts ends">
              {ends.map((name) => (
                <div key={name}>
                  <dt>
                    <StepButton name={name} label={words(name)} isChosen={step === name} />
                  </dt>
                  <dd>{count(of(name))}</dd>
                </div>
              ))}
            </dl>
          )}
        </div>
      )}
    </section>
  );
}

interface StepProps {
  readonly name: string;
  readonly label: string;
  readonly isChosen: boolean;
}

function StepButton({ name, label, isChosen }: StepProps) {
  return (
    <button
      type="button"
      class="link step-button"
      aria-pressed={isChosen}
      title="Show these callbacks"
      onClick={() => {
        choose({ step: isChosen ? '' : name }, 'push');
      }}
    >
      {label}
    </button>
  );
}
