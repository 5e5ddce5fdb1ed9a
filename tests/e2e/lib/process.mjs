// Processes of the end-to-end tests: started with a time limit, ended by their id, and ended by the kernel when the
// process that started them dies, so that nothing is left behind however a run ends.
import {spawn} from 'node:child_process';
import net from 'node:net';

const alive = new Set();

/** A TCP port of the loopback interface that is free at the moment. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a program and waits until it is ready.
 * @param {string} command program
 * @param {string[]} args its arguments
 * @param {object} options `ready(line)` gets each line of stdout and stderr and returns a truthy value (kept as `info`)
 *   when the program is ready; without it the program counts as ready at once. `timeout` in ms, `env`, `cwd`.
 * @returns the process: `pid`, `info`, `output()` so far, `exited` (a promise of {code, signal}), `stop(signal)`.
 */
export async function start(command, args, {ready, timeout = 30_000, env = {}, cwd} = {}) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...env},
    cwd,
  });
  alive.add(child);
  const text = {stdout: '', stderr: ''};
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({code: -1, error}));
    child.once('close', (code, signal) => resolve({code, signal}));
  }).finally(() => alive.delete(child));
  const handle = {
    pid: child.pid,
    info: undefined,
    exited,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    output: () => text.stdout + text.stderr,
    async stop(signal = 'SIGTERM', patience = 5_000) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), patience);
      const end = await exited;
      clearTimeout(timer);
      return end;
    },
  };
  const becameReady = new Promise((resolve) => {
    if (!ready) resolve(true);
    const tails = {stdout: '', stderr: ''};
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (chunk) => {
        text[name] += chunk;
        if (!ready || handle.info) return;
        const lines = (tails[name] + chunk).split('\n');
        tails[name] = lines.pop();
        for (const line of lines) {
          handle.info ??= ready(line) || undefined;
          if (handle.info) return resolve(true);
        }
      });
    }
  });
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, timeout, 'late')));
  const first = await Promise.race([becameReady, exited, late]);
  clearTimeout(timer);
  if (first !== true) {
    await handle.stop('SIGKILL');
    throw new Error(`${command} ${args.join(' ')}: ${first === "late" ? `not ready after ${timeout} ms` : "ended before it was ready"}\n${handle.output()}`);
  }
  return handle;
}

/** Runs a program to its end; the result holds `code`, `signal`, `stdout`, `stderr`. */
export async function run(command, args, {timeout = 120_000, ...options} = {}) {
  const handle = await start(command, args, options);
  const timer = setTimeout(() => handle.stop('SIGKILL'), timeout);
  const end = await handle.exited;
  clearTimeout(timer);
  return {...end, stdout: handle.stdout(), stderr: handle.stderr()};
}

/** Ready when a line is a JSON object: what our own starters print. */
export function jsonLine(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Ends every process that is still running. */
export async function stopAll() {
  await Promise.all(
    [...alive].map(
      (child) =>
        new Promise((resolve) => {
          child.once('close', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
}

/** Asks again and again until `attempt` succeeds, for servers that say nothing when they are ready. */
export async function until(attempt, {timeout = 30_000, every = 50, what = 'condition'} = {}) {
  const end = Date.now() + timeout;
  for (;;) {
    try {
      const result = await attempt();
      if (result) return result;
    } catch (error) {
      if (Date.now() > end) throw new Error(`${what}: ${error.message}`);
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
