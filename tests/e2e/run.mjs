// The end-to-end tests: `node run.mjs [--dicomcast PATH] [--sim PATH] [--only WORDS] [--list]`. Runs the real program
// against real servers, scenario after scenario, gives every body that was sent to the validators, and prints a table of
// the peers. Exit 1 when anything differs from what it should be. What a scenario leaves stands in out/.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {run, stopAll} from './lib/process.mjs';
import {Scenario} from './lib/scenario.mjs';
import {orthancIsThere} from './orthanc.mjs';

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const FILES = ['peers', 'backfill', 'daemon', 'identity', 'dose', 'faults', 'tables', 'tokens', 'archive', 'generated'];

function versions() {
  const debian = (name) => execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], {encoding: 'utf8'}).split('+')[0];
  const npm = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`))).version;
  return {
    'Medplum FHIR router, UUID versions': npm('@medplum/fhir-router'),
    'Medplum FHIR router, integer versions': npm('@medplum/fhir-router'),
    WireMock: npm('wiremock'),
    Azurite: npm('azurite'),
    'oidc-provider': npm('oidc-provider'),
    'managed identity endpoints (stub)': '-',
    'Orthanc with orthanc-dicomweb': `${debian('orthanc')}, ${debian('orthanc-dicomweb')}`,
    '3 validators': ['@medplum/core', 'fhir', '@asymmetrik/fhir-json-schema-validator'].map(npm).join(', '),
  };
}

function printTable(rows) {
  const head = ['peer', 'version', 'scenarios', 'entries', 'requests', 'faults injected', 'differences found'];
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const [index, line] of lines.entries()) {
    console.log(`| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
    if (index === 0) console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  }
}

async function runScenario({name, run: body}, settings) {
  const scenario = new Scenario(name, settings);
  const begin = Date.now();
  try {
    await body(scenario);
  } catch (error) {
    scenario.found.push(error.stack);
  }
  await scenario.end();
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  console.log(`${scenario.found.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  for (const each of scenario.found.slice(0, 10)) console.log(`         ${each.split('\n').slice(0, 4).join('\n         ')}`);
  if (scenario.found.length > 10) console.log(`         and ${scenario.found.length - 10} more: ${scenario.folder}`);
  return scenario;
}

/** Every body that was sent, through the validators, on two cores. */
async function validate(scenarios) {
  const sum = {faults: 0, bodies: 0, failed: false};
  const half = async (part, ...more) => {
    const files = scenarios.filter((_, index) => index % 2 === part).map(({bodies}) => bodies);
    const args = [here('validate.mjs'), ...more, ...files];
    const {code, stdout, stderr} = await run(process.execPath, args, {timeout: 600_000});
    process.stdout.write(stdout + stderr);
    sum.faults += stdout.split('\n').filter((line) => line.startsWith('FAULT')).length;
    sum.bodies += Number(/validated (\d+)/.exec(stdout)?.[1] ?? 0);
    if (code !== 0) sum.failed = true;
  };
  await Promise.all([half(0, '--self-test'), ...(scenarios.length > 1 ? [half(1)] : [])]);
  return sum;
}

async function main() {
  const {values} = parseArgs({
    options: {
      dicomcast: {type: 'string', default: here('../../build/dicomcast')},
      sim: {type: 'string', default: here('../../build/dicomcast-sim')},
      only: {type: 'string', default: ''},
      list: {type: 'boolean'},
    },
  });
  const modules = await Promise.all(FILES.map((file) => import(`./scenarios/${file}.mjs`)));
  const chosen = modules.flatMap(({scenarios}) => scenarios).filter(({name}) => name.includes(values.only));
  if (values.list) return chosen.forEach(({name}) => console.log(name));
  for (const file of [values.dicomcast, values.sim]) if (!existsSync(file)) throw new Error(`${file} is not there`);
  if (!orthancIsThere()) throw new Error('Orthanc is not there: run setup.sh');
  const settings = {binary: values.dicomcast, sim: values.sim, out: here('out/scenarios')};
  mkdirSync(settings.out, {recursive: true});

  const begin = Date.now();
  const done = [];
  for (const scenario of chosen) done.push(await runScenario(scenario, settings));
  const validated = await validate(done);

  const rows = Object.entries(versions()).map(([peer, version]) => {
    const of = done.filter(({counts}) => counts.has(peer));
    const sum = (key) => of.reduce((total, {counts}) => total + counts.get(peer)[key], 0);
    return [peer, version, of.length, sum('entries'), sum('requests'), sum('faults'), of.reduce((n, {found}) => n + found.length, 0)];
  });
  Object.assign(rows.at(-1), {2: done.length, 4: validated.bodies, 6: validated.faults});
  printTable(rows);
  const failed = done.filter(({found}) => found.length > 0).length;
  const seconds = ((Date.now() - begin) / 1000).toFixed(0);
  console.log(`${done.length} scenarios in ${seconds} s, ${failed} failed, ${validated.faults} faults found by the validators`);
  if (failed > 0 || validated.failed) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, async () => {
    await stopAll();
    process.exit(130);
  });
}
try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await stopAll();
}
