// A faulty network: WireMock as a proxy before a service. Prints {"url", "pid"}. Faults are planned by `plan`.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {freePort, start, until} from './lib/process.mjs';
import {announce, isProgram, options} from './lib/starter.mjs';

const BUILD = fileURLToPath(new URL('node_modules/wiremock/build', import.meta.url));

/** What a fault answers instead of the service; `late` and `slow` do reach the service. */
export const faults = {
  unavailable: {status: 503, headers: {'Retry-After': '1'}, body: 'try later'},
  gateway: {status: 502, body: '<html>bad gateway</html>'},
  busy: {status: 429, headers: {'Retry-After': '1'}},
  timeout: {status: 504},
  reset: {fault: 'CONNECTION_RESET_BY_PEER'},
  empty: {fault: 'EMPTY_RESPONSE'},
  malformed: {fault: 'MALFORMED_RESPONSE_CHUNK'},
  garbage: {fault: 'RANDOM_DATA_THEN_CLOSE'},
  html: {status: 200, headers: {'Content-Type': 'text/html'}, body: '<html>a login page</html>'},
  cut: {status: 200, headers: {'Content-Type': 'application/fhir+json'}, body: '{"resourceType":"Bundle","type":"tr'},
  dribble: {
    status: 503,
    headers: {'Retry-After': '1'},
    body: 'x'.repeat(400),
    chunkedDribbleDelay: {numberOfChunks: 8, totalDuration: 400},
  },
};

/**
 * WireMock as a proxy before `target`.
 * @returns {Promise<{url, plan, calm, injected, requests, stop}>} `plan(method, steps, {every})` makes every nth request of that method
 *   one of the faults named in `steps`, one after another, round and round; a step may also be {delay: ms}: the
 *   service's own answer, that much later. `calm()` ends all faults. `injected()` counts the faulty answers so far, by name,
 *   `requests()` all requests
 */
export async function wiremock(target) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dicomcast-wiremock-'));
  const jar = readdirSync(BUILD).find((name) => name.endsWith('.jar'));
  const port = await freePort();
  const server = await start(
    'java',
    ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', path.join(BUILD, jar), '--port', String(port),
      '--bind-address', '127.0.0.1', '--root-dir', folder, '--disable-banner', '--disable-gzip', '--disable-http2-plain',
      '--disable-request-logging', '--max-request-journal-entries', '20000'],
    {cwd: folder},
  );
  const admin = async (method, where, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}/__admin${where}`, {method, body: body && JSON.stringify(body)});
    if (!answer.ok) throw new Error(`WireMock: ${method} ${where}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const stop = async () => {
    await server.stop();
    rmSync(folder, {recursive: true, force: true});
  };
  const {origin, pathname} = new URL(target);
  try {
    await until(() => admin('GET', '/mappings'), {timeout: 30_000, what: 'WireMock'});
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${server.output()}`);
  }
  const anything = {urlPattern: '.*'};
  const through = {priority: 10, request: {method: 'ANY', ...anything}, response: {proxyBaseUrl: origin}};
  await admin('POST', '/mappings', through);
  let plans = 0;

  async function plan(method, steps, {every = 3} = {}) {
    plans += 1;
    const name = `${method} ${plans}`;
    const length = steps.length * every;
    const state = (n) => (n % length === 0 ? 'Started' : `step ${n % length}`);
    for (let n = 0; n < length; n += 1) {
      const faulty = n % every === every - 1;
      const step = faulty ? steps[Math.floor(n / every)] : undefined;
      const response = typeof step === 'string' ? faults[step] : {proxyBaseUrl: origin, fixedDelayMilliseconds: step?.delay};
      if (typeof step === 'string' && !faults[step]) throw new Error(`no fault is called ${step}`);
      await admin('POST', '/mappings', {
        priority: 1,
        scenarioName: name,
        requiredScenarioState: state(n),
        newScenarioState: state(n + 1),
        request: {method, ...anything},
        response,
        metadata: faulty ? {fault: typeof step === 'string' ? step : 'late'} : {},
      });
    }
  }

  async function injected() {
    const counts = {};
    for (const {stubMapping} of (await admin('GET', '/requests')).requests) {
      const fault = stubMapping?.metadata?.fault;
      if (fault) counts[fault] = (counts[fault] ?? 0) + 1;
    }
    return counts;
  }
  const requests = async () => (await admin('GET', '/requests?limit=1')).meta.total;
  const calm = async () => {
    await admin('DELETE', '/mappings');
    await admin('POST', '/mappings', through);
  };
  return {url: `http://127.0.0.1:${port}${pathname.replace(/\/$/, '')}`, plan, calm, injected, requests, stop};
}

if (isProgram(import.meta.url)) {
  const values = options({
    target: {type: 'string'},
    method: {type: 'string', default: 'POST'},
    every: {type: 'string', default: '3'},
    faults: {type: 'string', default: Object.keys(faults).join(',')},
  });
  const proxy = await wiremock(values.target);
  await proxy.plan(values.method, values.faults.split(','), {every: Number(values.every)});
  announce({name: 'wiremock', url: proxy.url}, proxy.stop);
}
