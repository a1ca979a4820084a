/** What runs, on stderr: a bar on a terminal, lines elsewhere. */
import cliProgress from 'cli-progress';

export interface BenchProgress {
  readonly begin: (name: string) => void;
  readonly say: (text: string) => void;
  readonly end: () => void;
}

export function benchProgress(total: number): BenchProgress {
  return process.stderr.isTTY ? bar(total) : lines(total);
}

function lines(total: number): BenchProgress {
  let [count, current] = [0, ''];
  const write = (text: string) => process.stderr.write(`${text}\n`);
  return {
    begin: (name) => {
      current = name;
      write(`[${++count}/${total}] ${name}`);
    },
    say: (text) => write(`  ${current}: ${text}`),
    end: () => undefined,
  };
}

function bar(total: number): BenchProgress {
  const format = '[{bar}] {value}/{total} {name}  {text}';
  const shown = new cliProgress.SingleBar({ stream: process.stderr, format, gracefulExit: false });
  let [count, current] = [-1, ''];
  shown.start(total, 0, { name: '', text: '' });
  return {
    begin: (name) => {
      current = name;
      shown.update(++count, { name, text: '' });
    },
    say: (text) => {
      shown.update(count, { name: current, text });
    },
    end: () => {
      shown.update(total, { name: '', text: '' });
      shown.stop();
    },
  };
}
