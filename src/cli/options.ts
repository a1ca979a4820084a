/** Reading command lines: every setting is a flag, unknown options are refused. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import {
  type Config,
  type Flags,
  type Addresses,
  processEnvironment,
  readConfig,
  type SqliteConfig,
} from '../config/config.js';
import { messageOf, MonitorError } from '../domain/errors.js';
import { fileNameFault } from '../domain/file-name.js';
import { type SettingName, SETTINGS } from '../config/settings.js';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Parsed {
  readonly flags: Flags;
  readonly configFile: string | null;
  /** Options of the command itself: texts, or true. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

const flagName = (setting: string) => setting.replaceAll('_', '-');
const SETTING_OPTIONS: Options = Object.fromEntries(
  Object.keys(SETTINGS).map((name) => [flagName(name), { type: 'string' as const }]),
);

/** Parses settings and a command's own options. Throws OCM_USAGE with what is wrong. */
export function parseCommand(args: readonly string[], own: Options = {}, positionals = 0): Parsed {
  const options: Options = { ...SETTING_OPTIONS, config: { type: 'string' }, ...own };
  const { values, positionals: found } = parse(args, options);
  const empty = Object.keys(values).find((name) => values[name] === '');
  if (empty !== undefined) throw new MonitorError('OCM_USAGE', `--${empty} needs a value`);
  if (found.length > positionals)
    throw new MonitorError('OCM_USAGE', `unexpected argument ${JSON.stringify(found[positionals])}`);
  const flags: Flags = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = values[flagName(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  const configFile = values['config'] ?? processEnvironment()['OCM_CONFIG'];
  return {
    flags,
    configFile: typeof configFile === 'string' && configFile !== '' ? configFile : null,
    own: Object.fromEntries(Object.keys(own).map((name) => [name, values[name]])),
    positionals: found,
  };
}

export function configOf({ flags, configFile }: Parsed, bound: Addresses | null = null): Config {
  return readConfig(flags, processEnvironment(), configFile, bound);
}

/** The settings of a command that works on the database's file. Throws OCM_USAGE with what to do where there is none. */
export function configOnFile(parsed: Parsed, command: string, instead: string): SqliteConfig {
  return onFile(configOf(parsed), command, instead);
}

export function onFile(config: Config, command: string, instead: string): SqliteConfig {
  if (config.postgres === null) return config;
  const message = `${command} works on a file of SQLite, and the store is ${config.postgres.shown}: ${instead}`;
  throw new MonitorError('OCM_USAGE', message);
}

/** The database's file that a command is about. Throws OCM_USAGE. */
export function fileOf({ positionals: [file] }: Parsed, command: string): string {
  if (file === undefined) throw new MonitorError('OCM_USAGE', `${command} takes the name of a file`);
  const fault = fileNameFault(file);
  if (fault !== null) throw new MonitorError('OCM_USAGE', `${JSON.stringify(file)} names no file: ${fault}`);
  return file;
}

function parse(args: readonly string[], options: Options) {
  try {
    const apart = idsLast(args, options);
    const { values, positionals } = parseArgs({ args: apart, options, allowPositionals: true, strict: true });
    return { values: values as Record<string, string | boolean | undefined>, positionals };
  } catch (error) {
    throw new MonitorError('OCM_USAGE', usageFault(error, args, options));
  }
}

/** An id of ours that begins with a dash, as one in 64 does. */
const DASHED_ID = /^-[\w-]{21}$/;

/** The same command line with ids that look like options behind `--`, where nothing is taken for one. */
function idsLast(args: readonly string[], options: Options): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const takesNext = (arg = '') => options[arg.slice(2)]?.type === 'string';
  const isId = (arg: string, at: number) =>
    DASHED_ID.test(arg) && options[arg.slice(2)] === undefined && !takesNext(args[at - 1]);
  const before = args.slice(0, end);
  return [...before.filter((arg, at) => !isId(arg, at)), '--', ...before.filter(isId), ...args.slice(end + 1)];
}

/** What is wrong with a command line, in our words: those of Node's parser speak of positional arguments. */
function usageFault(error: unknown, args: readonly string[], options: Options): string {
  const { code } = error as NodeJS.ErrnoException;
  const named = /'(?:-\w, )?(--?[^\s'=]+)/.exec(messageOf(error))?.[1];
  if (named === undefined) return messageOf(error);
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no option ${named}${nearest(named, options)}`;
  if (code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return messageOf(error);
  if (options[named.replace(/^--(?:no-)?/, '')]?.type === 'boolean') return `${named} takes no value`;
  const value = args[args.indexOf(named) + 1];
  return value?.startsWith('-') === true
    ? `${named} needs a value; one that begins with a dash is written ${named}=${value}`
    : `${named} needs a value`;
}

/** The option that may have been meant. */
function nearest(named: string, options: Options): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const wanted = plain(named);
  const found = Object.keys(options).find(
    (name) =>
      plain(name) === wanted ||
      (wanted.length > 3 && (plain(name).startsWith(wanted) || wanted.startsWith(plain(name)))),
  );
  return found === undefined ? '' : `; do you mean --${found}?`;
}
