// A wire between browsers and the gate that can be cut, that can fall silent without a word, and that lets through only some ways
// to hear of the line. What goes over it is not touched otherwise.
import net from 'node:net';
import { up } from './system.mjs';

const refusal = (status, ...fields) => `HTTP/1.1 ${status}\r\n${['content-length: 0', 'connection: close', ...fields].join('\r\n')}\r\n\r\n`;

/** A wire to the gate. `asked` has each request that came over it: when, and its first line. */
export async function wire() {
  const gate = new URL(up.gate);
  const ends = new Set();
  const asked = [];
  const rules = { webSocket: true, events: true, busy: 0 };
  let silent = false;
  const refused = (head) => {
    if (!rules.webSocket && /\r\nupgrade: websocket/i.test(head)) return refusal('403 Forbidden');
    if (!rules.events && /\r\naccept: text\/event-stream/i.test(head)) return refusal('403 Forbidden');
    if (rules.busy && head.startsWith('GET /queue/')) return refusal('503 Service Unavailable', `retry-after: ${rules.busy}`);
    return undefined;
  };
  const server = net.createServer((near) => {
    const far = net.connect(gate.port, gate.hostname);
    const both = [near, far];
    both.forEach((end) => ends.add(end));
    near.on('data', (bytes) => {
      if (silent) return;
      const head = bytes.toString('latin1');
      const [, line] = /^([A-Z]+ \S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
      if (line) asked.push({ at: Date.now(), line });
      const answer = line && refused(head);
      if (answer) near.end(answer);
      else far.write(bytes);
    });
    far.on('data', (bytes) => { if (!silent) near.write(bytes); });
    both.forEach((end, i) => {
      end.on('error', () => {});
      end.on('close', () => {
        ends.delete(end);
        if (!silent) both[1 - i].destroy();
      });
    });
  });
  // It does not keep the test from ending, however that ends.
  server.unref();
  const open = (port) => new Promise((done) => { server.listen(port, '127.0.0.1', done); });
  await open(0);
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    rules,
    asked,
    /** Breaks every connection and takes no new one. */
    cut: () => new Promise((done) => {
      server.close(done);
      ends.forEach((end) => end.destroy());
    }),
    mend: () => open(port),
    /** From now on bytes get lost, and nobody is told. */
    silence: () => { silent = true; },
    /** New connections carry again; those from before stay dead. */
    speak: () => {
      ends.forEach((end) => { end.removeAllListeners('data'); end.resume(); });
      silent = false;
    },
  };
}
