/** `localhost`, an address of 127.0.0.0/8, or ::1, in whatever way it is written; no name that only begins like one. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return (
    name === 'localhost' || isLoopbackV4(name.replace(/^::ffff:(?=[\d.]+$)/, '')) || /^[0:]*:[0:]*:0{0,3}1$/.test(name)
  );
}

function isLoopbackV4(text: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(text) && text.split('.').every((part) => Number(part) <= 255);
}
