/** Posts that several receivers are given, and what they show of them: as one shows it, whichever is asked. */
import type { Program } from './program.js';

export type Item = Readonly<Record<string, unknown>>;

export async function post(program: Program, path: string, body: object): Promise<Item> {
  const response = await fetch(`${program.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { ...((await response.json()) as object), status: response.status };
}

export async function items(program: Program, path: string): Promise<readonly Item[]> {
  return ((await (await fetch(`${program.url}${path}`)).json()) as { readonly items: readonly Item[] }).items;
}

export async function page(program: Program, path: string): Promise<string> {
  return (await fetch(`${program.url}${path}`)).text();
}

/** Samples of the families whose names begin so. */
export async function samples(program: Program, name: string): Promise<readonly string[]> {
  return (await page(program, '/metrics')).split('\n').filter((line) => line.startsWith(name));
}
