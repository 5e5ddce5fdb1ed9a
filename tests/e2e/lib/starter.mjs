// What every starter program does: it says in one JSON line that its server is ready and ends when told to.
import {parseArgs} from 'node:util';
import {pathToFileURL} from 'node:url';

/** True if the module is the program that was started, not imported by another. */
export function isProgram(moduleUrl) {
  return process.argv[1] !== undefined && moduleUrl === pathToFileURL(process.argv[1]).href;
}

/** The command line of a starter: options as of node:util parseArgs; prints them for --help and exits. */
export function options(spec) {
  const {values} = parseArgs({options: {...spec, help: {type: 'boolean'}}});
  if (values.help) {
    for (const [name, {type, default: value}] of Object.entries(spec)) {
      console.log(`--${name}${type === 'string' ? ` VALUE   (${value ?? 'none'})` : ''}`);
    }
    process.exit(0);
  }
  return values;
}

/**
 * Announces a server and ends it by signal.
 * @param {object} info what the line holds: at least `url`
 * @param {() => Promise<unknown>} stop ends the server
 */
export function announce(info, stop) {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.once(signal, async () => {
      await stop();
      process.exit(0);
    });
  }
  console.log(JSON.stringify({...info, pid: process.pid}));
}

/** Opens a node:http server on a free port of the loopback interface; gives its URL. */
export async function listen(server, port = 0) {
  await new Promise((resolve, reject) => server.once('error', reject).listen(Number(port), '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/** Ends a node:http server with all its connections. */
export function close(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

/** The body of a request as a string. */
export async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
