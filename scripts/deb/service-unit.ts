/** The unit of `deploy/systemd/` as a package has it: the program where packages have theirs, and a user that stays. */
export const USER = 'ocs-monitor';

interface Change {
  readonly from: string;
  readonly to: string;
}

/** Throws where the unit no longer says what is to be replaced. */
export function packagedUnit(unit: string, home: string): string {
  const changes: readonly Change[] = [
    { from: 'ExecStart=/usr/bin/node /opt/ocs-monitor/', to: `ExecStart=/usr/bin/node ${home}/` },
    // The command that administrators call runs as this user, too: it must be there while the service is not.
    { from: 'DynamicUser=yes', to: `User=${USER}\nGroup=${USER}` },
    {
      from: '[Unit]\nDescription=OCS campaign monitor\n',
      to: `[Unit]\nDescription=OCS campaign monitor\nDocumentation=man:ocs-monitor(1)\n`,
    },
  ];
  return changes.reduce((text, { from, to }) => {
    if (text.split(from).length !== 2) throw new Error(`the unit should say ${JSON.stringify(from)} once`);
    return text.replace(from, to);
  }, unit);
}
