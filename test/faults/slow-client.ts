/** Asks for an answer many times over on one connection and reads none of it. Usage: slow-client.ts PORT PATH TIMES */
import { connect } from 'node:net';

const [port = '', path = '', times = ''] = process.argv.slice(2);
const socket = connect(Number(port), '127.0.0.1', () => {
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(Number(times)));
  process.stdout.write(`${String(socket.localPort)}\n`);
});
socket.on('error', () => undefined);
setInterval(() => undefined, 1000);
