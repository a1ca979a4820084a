import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Told each line as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Characters of output that are kept; the end is what tells why a command failed. */
const KEPT_CHARACTERS = 20_000;
const SHOWN_LINES = 25;

/** What a command of the system wrote on stdout. Rejects with the end of what it said when it fails. */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, environment = {}, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      ...(cwd !== undefined && { cwd }),
    });
    let [out, all] = ['', ''];
    const heard = (piece: string) => {
      all = (all + piece).slice(-KEPT_CHARACTERS);
      if (onLine) for (const line of piece.split('\n')) if (line.trim() !== '') onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      out += piece;
      heard(piece);
    });
    child.stderr.setEncoding('utf8').on('data', heard);
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(out);
      else {
        const end = all.trim().split('\n').slice(-SHOWN_LINES).join('\n');
        reject(new Error(`${program} ${args.join(' ')} ended with ${String(status)}:\n${end}`));
      }
    });
  });
}
