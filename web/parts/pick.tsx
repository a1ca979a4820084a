/** One thing that the link narrows by. Where there is something to choose; what the link says is offered, there or not. */
import { isolated } from '../bidi.js';
import { useCell } from '../cell.js';
import { choose, route } from '../route.js';

interface Props {
  readonly name: 'state' | 'tenant' | 'source' | 'queue' | 'rule';
  readonly label: string;
  readonly options: readonly string[];
  readonly words?: (option: string) => string;
}

export function Pick({ name, label, options, words = isolated }: Props) {
  const value = useCell(route).parameters[name] ?? '';
  if (options.length < 2 && value === '') return null;
  const offered = value === '' || name === 'state' || options.includes(value) ? options : [value, ...options];
  return (
    <select
      aria-label={label}
      class={value === '' ? '' : 'is-chosen'}
      value={value}
      onChange={({ currentTarget }) => {
        choose({ [name]: currentTarget.value });
      }}
    >
      <option value="">{label}</option>
      {offered.map((option) => (
        <option key={option} value={option}>
          {words(option)}
        </option>
      ))}
    </select>
  );
}
