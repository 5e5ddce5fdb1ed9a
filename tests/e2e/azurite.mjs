// Azure Table Storage: Azurite's table service, in memory, on a free port. Prints {"url", "connection_string", "pid"}.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {freePort, start, until} from './lib/process.mjs';
import {announce, isProgram, options} from './lib/starter.mjs';

const PROGRAM = fileURLToPath(new URL('node_modules/azurite/dist/src/table/main.js', import.meta.url));
const ACCOUNT = 'devstoreaccount1';
/** The development account's key: public, the same in every installation. */
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * @param {object} settings `port`: 10002 is what `UseDevelopmentStorage=true` means; none: a free one. `log`: file for
 *   Azurite's debug log, which shows the strings to sign
 */
export async function azurite({port, log} = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dicomcast-azurite-'));
  const number = port ?? (await freePort());
  const server = await start(
    process.execPath,
    [PROGRAM, '--tableHost', '127.0.0.1', '--tablePort', String(number), '--inMemoryPersistence', '--disableTelemetry',
      '--silent', ...(log ? ['--debug', log] : [])],
    {cwd: folder},
  );
  await until(() => fetch(`http://127.0.0.1:${number}/`), {what: 'Azurite'});
  const url = `http://127.0.0.1:${number}/${ACCOUNT}`;
  return {
    url,
    account: ACCOUNT,
    key: KEY,
    connection_string:
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};TableEndpoint=${url};`,
    async stop() {
      await server.stop();
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

if (isProgram(import.meta.url)) {
  const {stop, ...info} = await azurite(options({port: {type: 'string'}, log: {type: 'string'}}));
  announce({name: 'azurite', ...info}, stop);
}
