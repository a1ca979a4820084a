/** Every callback that can be played: each service with each of its endings, and with the known defects. */
import { MANDATORY_FIELDS } from '../../gms/key-value-pairs.js';
import type { CallbackRecord } from '../../domain/callback-record.js';
import type { Random } from '../random.js';
import { type Defect, SPOILING_DEFECTS } from './defects.js';
import { type Ending, ENDINGS } from './endings.js';
import { type Service, SERVICES } from './services.js';

export interface CallbackScenario {
  /** Unique: service, ending, and the defect if there is one. */
  readonly name: string;
  readonly service: Service;
  readonly ending: Ending;
  readonly defect: Defect | null;
  /** Mandatory fields that events lack, for the defect of that name. */
  readonly missing: readonly (keyof CallbackRecord)[];
  /** Cards of the deck. */
  readonly cards: number;
}

const SPOILED_SERVICES = ['user-terminated-delayed', 'ivr-classic', 'user-originated-delayed'];

export const callbackScenarios: readonly CallbackScenario[] = SERVICES.flatMap((service) => {
  const plain = ENDINGS.filter((ending) => canEndSo(service, ending)).map((ending) => ({
    name: `${service.name}/${ending.name}`,
    service,
    ending,
    defect: ending.defect ?? null,
    missing: [],
    cards: ending.cards,
  }));
  return SPOILED_SERVICES.includes(service.name) ? [...plain, ...plain.slice().flatMap(spoiled)] : plain;
});

/** A service that never started is told by notifications alone. */
function canEndSo({ traits, notifies }: Service, { trait, reach }: Ending): boolean {
  return traits.includes(trait) && (notifies || reach !== 'never-started');
}

/** Defects strike callbacks that reached an agent. */
function spoiled(scenario: CallbackScenario): CallbackScenario[] {
  if (scenario.ending.name !== 'agent') return [];
  const variant = (defect: Defect, missing: CallbackScenario['missing'] = []) => ({
    ...scenario,
    name: [scenario.name, defect, ...missing].join('!'),
    defect,
    missing,
    cards: 1,
  });
  return [
    ...SPOILING_DEFECTS.map((defect) => variant(defect)),
    ...MANDATORY_FIELDS.map((field) => variant('missing-mandatory-keys', [field])),
    variant('missing-mandatory-keys', ['offeredMs', 'offerSeconds', 'offered']),
  ];
}

/** Deals scenarios from shuffled decks: shares as the cards say, and all of them within one deck. */
export class Deck {
  readonly #cards: readonly CallbackScenario[];
  readonly #random: Random;
  #left: CallbackScenario[] = [];

  constructor(scenarios: readonly CallbackScenario[], random: Random) {
    this.#cards = scenarios.flatMap((scenario) => Array.from({ length: scenario.cards }, () => scenario));
    if (this.#cards.length === 0) throw new Error('a deck without cards');
    this.#random = random;
  }

  deal(): CallbackScenario {
    const card = this.#left.pop();
    if (card) return card;
    this.#left = this.#cards
      .map((scenario) => ({ scenario, place: this.#random.fraction() }))
      .sort((a, b) => a.place - b.place)
      .map(({ scenario }) => scenario);
    return this.deal();
  }
}
