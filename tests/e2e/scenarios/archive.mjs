// Real DICOM files by way of Orthanc, through the simulated DICOM service, into Medplum.
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {realFeed} from '../dicom_files.mjs';
import {actual, all, differences} from '../lib/model.mjs';
import {jsonLine, start} from '../lib/process.mjs';
import {FAILURES} from '../lib/scenario.mjs';

const PEER = 'Orthanc with orthanc-dicomweb';

let real; // one pass through Orthanc serves every scenario
const feedFile = async (t) => {
  real ??= await realFeed();
  const file = path.join(t.folder, 'entries.json');
  writeFileSync(file, JSON.stringify(real.entries));
  return file;
};

/** The UIDs of all instances in the FHIR service. */
function stored(repository) {
  const studies = all(repository, 'ImagingStudy');
  return new Set(studies.flatMap(({series}) => series.flatMap(({instance}) => instance.map(({uid}) => uid))));
}

export const scenarios = [
  {
    name: 'real DICOM files by way of Orthanc',
    async run(t) {
      const file = await feedFile(t);
      const {entries, files, refused} = real;
      t.check(entries.length >= 80, `only ${entries.length} of ${files} files came through Orthanc`);
      const states = [];
      for (const [mode, versions] of [['PerEntry', 'integer'], ['Grouped', 'uuid']]) {
        const dicom = t.keep(await start(t.sim, ['--entries', file], {ready: jsonLine}));
        const fhir = await t.medplum({versions});
        const settings = {
          'Engine:CommitMode': mode,
          'DicomCast:Features:GenerateObservations': true,
          'Patient:PatientSystemId': 'urn:example:mrn',
        };
        const program = t.program({dicom: dicom.info.dicom, fhir: fhir.url, settings});
        const result = await program.backfill();
        t.check(result.code === 0 || result.code === 3, `backfill: exit ${result.code}`);
        t.check(result.entries === entries.length, `${result.entries} entries, not ${entries.length}`);
        const there = stored(fhir.repository);
        const rows = (await program.errors()).filter(({table}) => FAILURES.includes(table));
        const failed = new Map(rows.map((row) => [row.sop_instance_uid, row]));
        for (const {SopInstanceUid: uid} of entries) {
          t.check(there.has(uid) !== failed.has(uid), `${uid} is ${there.has(uid) ? 'both stored and' : 'neither stored nor'} recorded`);
        }
        t.check(rows.every(({message}) => message.length > 10), 'a row without a reason');
        states.push(actual(fhir.repository));
        t.count(fhir.peer, {entries: entries.length});
        t.count(PEER, {entries: entries.length, requests: mode === 'Grouped' ? files * 2 + entries.length : 0, faults: 0});
      }
      t.found.push(...differences(states[0], states[1], 'state '), ...states[0].faults);
      writeFileSync(path.join(t.folder, 'refused.json'), JSON.stringify(refused, null, 2));
    },
  },
];
