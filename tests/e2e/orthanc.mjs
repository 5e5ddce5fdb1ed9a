// A DICOM archive: Orthanc with its DICOMweb plugin, on a free port of the loopback interface, with nothing stored.
// Prints {"url", "dicomweb", "pid"}. Orthanc binds every address; it is told to refuse all but loopback.
import {existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {freePort, start, until} from './lib/process.mjs';
import {announce, isProgram, options} from './lib/starter.mjs';

const PLUGIN = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';

/** Orthanc and the plugin are installed. */
export function orthancIsThere() {
  return existsSync('/usr/sbin/Orthanc') && existsSync(PLUGIN);
}

export async function orthanc({port} = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dicomcast-orthanc-'));
  mkdirSync(path.join(folder, 'db'));
  const number = Number(port ?? (await freePort()));
  const config = path.join(folder, 'orthanc.json');
  writeFileSync(
    config,
    JSON.stringify({
      Name: 'dicomcast',
      StorageDirectory: path.join(folder, 'db'),
      IndexDirectory: path.join(folder, 'db'),
      HttpPort: number,
      HttpServerEnabled: true,
      DicomServerEnabled: false,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      SslEnabled: false,
      KeepAlive: true,
      Plugins: [PLUGIN],
      DicomWeb: {Enable: true, Root: '/dicom-web/', EnableWado: false, Ssl: false},
    }),
  );
  const server = await start('/usr/sbin/Orthanc', [config], {cwd: folder});
  const url = `http://127.0.0.1:${number}`;
  const stop = async () => {
    await server.stop();
    rmSync(folder, {recursive: true, force: true});
  };
  try {
    await until(async () => (await fetch(`${url}/system`)).ok, {timeout: 20_000, what: 'Orthanc'});
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${server.output()}`);
  }
  return {url, dicomweb: `${url}/dicom-web`, stop};
}

if (isProgram(import.meta.url)) {
  const {stop, ...info} = await orthanc(options({port: {type: 'string'}}));
  announce({name: 'orthanc', ...info}, stop);
}
