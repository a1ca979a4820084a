/**
 * A Debian in namespaces of its own, with its own systemd as process 1: what units, sockets and maintainer scripts do is not
 * played. It shares the kernel and, with whoever starts it, the network. Needs root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';

/** In the end this process is the first of the system in $ROOT. It goes with the one that started it. */
const BOOT = `
set -e
echo $$ >"$CGROUP/cgroup.procs"
exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=SIGKILL --cgroup --uts --ipc sh -ec '
  mount --make-rprivate /
  cd "$ROOT"
  mount -t proc proc proc
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs dev
  for node in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do mknod -m 666 "dev/\${node% *}" c 1 "\${node#* }"; done
  mknod -m 666 dev/tty c 5 0
  mkdir dev/shm dev/pts
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  mount -t tmpfs tmpfs dev/shm
  mount -t tmpfs -o mode=755 tmpfs run
  pivot_root . mnt
  umount -l /mnt
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal </dev/null >/dev/null 2>&1'
`;

const NAMESPACES = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--root', '--wd'];
const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
};

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Machine {
  readonly #folder: string;
  readonly #groups: string;
  readonly #program: ChildProcess;
  #first = 0;

  private constructor(system: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'ocm-machine-'));
    for (const part of ['upper', 'work', 'root', 'groups']) mkdirSync(join(this.#folder, part));
    this.#groups = join(this.#folder, 'groups');
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', this.#groups]);
    mkdirSync(this.#group);
    // Changes go to a layer above the system, and the layers are mounted here, too: what both open is the same file.
    const layers = ['upper', 'work'].map((part) => `${part}dir=${join(this.#folder, part)}`);
    const options = [`lowerdir=${system}`, ...layers].join();
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, this.#root]);
    const env = { PATH: process.env['PATH'], ROOT: this.#root, CGROUP: this.#group };
    this.#program = spawn('sh', ['-c', BOOT], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  /** Resolves when systemd has started what it starts. */
  static async boot(system: string): Promise<Machine> {
    const machine = new Machine(system);
    try {
      await eventually(async () => {
        machine.#first = machine.#findFirst();
        const { stdout } = await machine.run('systemctl', 'is-system-running');
        if (!['running', 'degraded'].includes(stdout.trim())) throw new Error(`the machine is ${stdout.trim()}`);
      }, 60_000);
      return machine;
    } catch (error) {
      machine.end();
      throw error;
    }
  }

  /** A path of the machine, from outside. */
  path(inside: string): string {
    return join(this.#root, inside);
  }

  /** While this process goes on: who posts is in it. */
  async run(...command: readonly string[]): Promise<Said> {
    const program = spawn('nsenter', ['-t', String(this.#first), ...NAMESPACES, ...command], { env: ENVIRONMENT });
    program.stdin.end();
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      program[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    const status = await new Promise<number | null>((resolve) => program.once('close', resolve));
    return { status, ...said };
  }

  /** What it prints, errors too. Throws that where it fails. */
  async does(...command: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...command);
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${String(status)}: ${stdout}${stderr}`);
    return stdout + stderr;
  }

  /** Everything in it is killed with its first process. */
  end(): void {
    this.#program.kill('SIGKILL');
    spawnSync('sh', ['-c', `until rmdir $(find "${this.#group}" -depth -type d) 2>/dev/null; do sleep 0.1; done`], {
      timeout: 10_000,
    });
    spawnSync('umount', ['-l', this.#groups, this.#root]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #root(): string {
    return join(this.#folder, 'root');
  }

  get #group(): string {
    return join(this.#groups, `ocm-machine-${String(process.pid)}`);
  }

  /** The child of unshare, which the shell has become. */
  #findFirst(): number {
    const { pid = 0 } = this.#program;
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
    const name = children === '' ? '' : readFileSync(`/proc/${children}/comm`, 'utf8').trim();
    if (name !== 'systemd') throw new Error(`no systemd yet, but ${name}`);
    return Number(children);
  }
}
