// Real DICOM files as a change feed: `node dicom_files.mjs --out FEED.json [--source orthanc|dcm2json]`.
// The files of Debian's python3-pydicom and python3-nibabel, and the radiation dose reports of tests/data/sr made with
// dump2dcm, go to Orthanc; their WADO-RS metadata becomes a JSON array of change feed entries in Pascal keys, for
// `dicomcast-sim --entries`. With dcm2json there is no archive between. Prints a summary, and why a file was left out.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';
import {isProgram, options} from './lib/starter.mjs';
import {orthanc} from './orthanc.mjs';

const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
export const ROOTS = {
  pydicom: '/usr/lib/python3/dist-packages/pydicom/data',
  nibabel: here('../../build-nibabel/usr/lib/python3/dist-packages/nibabel'),
  sr: here('../data/sr'),
};
const BULK = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);

/** Every DICOM file of the roots, smallest name first: {name, bytes}. Dumps become files, .gz are unpacked. */
export function dicomFiles(roots = ROOTS) {
  const files = [];
  for (const [root, folder] of Object.entries(roots)) {
    if (!existsSync(folder)) continue;
    for (const item of readdirSync(folder, {recursive: true, withFileTypes: true})) {
      if (!item.isFile()) continue;
      const file = path.join(item.path, item.name);
      const name = path.join(root, path.relative(folder, file));
      if (root === 'sr' && file.endsWith('.dump')) files.push({name, bytes: fromDump(file)});
      const bytes = file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file);
      const isDicom = bytes.subarray(128, 132).toString('latin1') === 'DICM' || /\.dcm(\.gz)?$/.test(file);
      if (isDicom) files.push({name, bytes});
    }
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function fromDump(file) {
  return withFolder((folder) => {
    const out = path.join(folder, 'sr.dcm');
    execFileSync('dump2dcm', ['-q', '+te', file, out], {stdio: 'pipe'});
    return readFileSync(out);
  });
}

function withFolder(use) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dicomcast-dicom-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** A dataset in the DICOM JSON model without bulk data, by dcmtk's dcm2json. */
export function byDcm2json(bytes) {
  return withFolder((folder) => {
    const file = path.join(folder, 'in.dcm');
    writeFileSync(file, bytes);
    return withoutBulk(JSON.parse(execFileSync('dcm2json', ['-q', file], {stdio: 'pipe', maxBuffer: 1 << 28})));
  });
}

/** What a metadata answer leaves out (PS3.18 section 10.4.1.1.2): file meta information and values of bulk data. */
function withoutBulk(dataset) {
  const kept = Object.entries(dataset).filter(([tag, {vr}]) => !tag.startsWith('0002') && !BULK.has(vr));
  return Object.fromEntries(
    kept.map(([tag, element]) => [
      tag,
      element.vr === 'SQ' && element.Value ? {...element, Value: element.Value.map(withoutBulk)} : element,
    ]),
  );
}

const uid = (dataset, tag) => dataset[tag]?.Value?.[0];

/** An entry of the change feed for a dataset; the sequence is given later. */
export function entryOf(dataset) {
  return {
    Sequence: 0,
    StudyInstanceUid: uid(dataset, '0020000D'),
    SeriesInstanceUid: uid(dataset, '0020000E'),
    SopInstanceUid: uid(dataset, '00080018'),
    Action: 'Create',
    Timestamp: '2024-01-01T00:00:00Z',
    State: 'Current',
    Metadata: dataset,
  };
}

/** Sends a file to Orthanc and reads its metadata back by WADO-RS. */
async function byOrthanc(server, bytes) {
  const sent = await fetch(`${server.url}/instances`, {method: 'POST', body: bytes});
  const answer = await sent.json().catch(() => ({}));
  if (!sent.ok) throw new Error(`Orthanc refuses it: ${sent.status} ${answer.Details ?? answer.Message ?? ''}`.trim());
  if (answer.Status !== 'Success') throw new Error(`Orthanc: ${answer.Status}`);
  const tags = await (await fetch(`${server.url}/instances/${answer.ID}/simplified-tags`)).json();
  const where = `studies/${tags.StudyInstanceUID}/series/${tags.SeriesInstanceUID}/instances/${tags.SOPInstanceUID}`;
  const metadata = await fetch(`${server.dicomweb}/${where}/metadata`, {headers: {Accept: 'application/dicom+json'}});
  if (!metadata.ok) throw new Error(`Orthanc gives no metadata: ${metadata.status}`);
  return (await metadata.json())[0];
}

/**
 * The feed of all files.
 * @returns {Promise<{entries: object[], refused: {name: string, reason: string}[], files: number}>}
 */
export async function realFeed({source = 'orthanc', roots = ROOTS} = {}) {
  const files = dicomFiles(roots);
  const server = source === 'orthanc' ? await orthanc() : undefined;
  const result = {entries: [], refused: [], files: files.length};
  const seen = new Set();
  try {
    for (const {name, bytes} of files) {
      try {
        const entry = entryOf(server ? await byOrthanc(server, bytes) : byDcm2json(bytes));
        if (!entry.SopInstanceUid || !entry.SeriesInstanceUid || !entry.StudyInstanceUid) throw new Error('lacks a UID');
        if (seen.has(entry.SopInstanceUid)) throw new Error('the instance is there already');
        seen.add(entry.SopInstanceUid);
        result.entries.push({...entry, Sequence: result.entries.length + 1});
      } catch (error) {
        result.refused.push({name, reason: error.message.split('\n')[0]});
      }
    }
  } finally {
    await server?.stop();
  }
  return result;
}

if (isProgram(import.meta.url)) {
  const {out, source} = options({out: {type: 'string'}, source: {type: 'string', default: 'orthanc'}});
  if (!out) {
    console.error('usage: dicom_files.mjs --out FEED.json [--source orthanc|dcm2json]');
    process.exit(2);
  }
  const {entries, refused, files} = await realFeed({source});
  writeFileSync(out, JSON.stringify(entries));
  for (const {name, reason} of refused) console.log(`left out ${name}: ${reason}`);
  console.log(`${files} files, ${entries.length} entries in ${out}, ${refused.length} left out`);
}
