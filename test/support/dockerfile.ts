import { readFileSync } from 'node:fs';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';

export const DOCKERFILE = DockerfileParser.parse(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8'));

/** Instructions of the last stage, the one that is shipped. */
export function shipped(): readonly Instruction[] {
  const all = DOCKERFILE.getInstructions();
  return all.slice(all.findLastIndex((one) => one.getKeyword() === 'FROM'));
}

/** All that stands after the keyword, flags included. */
export function argumentsOf(one: Instruction): string {
  return one.toString().slice(one.getInstruction().length).trim();
}

/** What stands after a keyword in the last stage, once for each time it is used. */
export function dockerfile(keyword: string): readonly string[] {
  return shipped()
    .filter((one) => one.getKeyword() === keyword)
    .map((one) => argumentsOf(one));
}
