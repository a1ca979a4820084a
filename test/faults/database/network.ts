/**
 * A network of its own on this machine: each host in a namespace, at a bridge that this side has an address on. What is sent
 * to a host whose cable is out gets lost, as it does on a real one: nobody says that it is not there.
 */
import { execFileSync, spawnSync } from 'node:child_process';

/** One /28 for each run on the machine; nothing of it is ever routed. */
const NETWORK = '10.231';
const PREFIX = 28;

export interface Host {
  readonly name: string;
  readonly address: string;
}

export class Network {
  readonly #bridge: string;
  readonly #base: string;
  readonly #hosts: Host[] = [];

  /** `no`: tells runs on one machine apart, 0 to 4095. */
  constructor(no: number) {
    const place = no % 4096;
    this.#bridge = `ocmf${String(place)}`;
    this.#base = `${NETWORK}.${String(place >> 4)}.`;
    this.#first = (place & 15) * 16;
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('address', 'add', `${this.#at(1)}/${String(PREFIX)}`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
  }

  readonly #first: number;

  /** What a server lets in: this network alone. */
  get cidr(): string {
    return `${this.#at(0)}/${String(PREFIX)}`;
  }

  addHost(): Host {
    const no = this.#hosts.length;
    const host = { name: `${this.#bridge}-${String(no)}`, address: this.#at(2 + no) };
    ip('netns', 'add', host.name);
    ip('link', 'add', `${host.name}x`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.name);
    ip('link', 'set', `${host.name}x`, 'master', this.#bridge, 'up');
    within(host, 'ip', 'address', 'add', `${host.address}/${String(PREFIX)}`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) within(host, 'ip', 'link', 'set', device, 'up');
    this.#hosts.push(host);
    return host;
  }

  /** Takes its cable out, or puts it in. */
  plug({ name }: Host, isIn: boolean): void {
    ip('link', 'set', `${name}x`, isIn ? 'up' : 'down');
  }

  remove(): void {
    for (const { name } of this.#hosts) spawnSync('ip', ['netns', 'del', name]);
    spawnSync('ip', ['link', 'del', this.#bridge]);
  }

  #at(place: number): string {
    return `${this.#base}${String(this.#first + place)}`;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

function within({ name }: Host, ...command: readonly string[]): void {
  ip('netns', 'exec', name, ...command);
}
