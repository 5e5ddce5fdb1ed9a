// Feeds of the simulated DICOM service with odd and broken values, and single entries by `dicomcast map`: what is sent
// and printed has to please the validators, in both profiles.
import {appendFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {realFeed} from '../dicom_files.mjs';
import {actual, differences} from '../lib/model.mjs';
import {jsonLine, run, start} from '../lib/process.mjs';

const RATES = {
  studies: 25,
  'instances-per-study': 8,
  'series-per-study': 2,
  'studies-per-patient': 2,
  interleave: 3,
  'update-rate': 0.15,
  'delete-rate': 0.15,
  'recreate-rate': 0.3,
  'odd-rate': 0.4,
  'broken-rate': 0.2,
  'broken-required-rate': 0.05,
  'dose-report-rate': 0.3,
  'gap-every': 11,
  'gap-length': 4,
};
const MAY_LACK_COUNTS = /counts|numberOfInstances/;

export const scenarios = [];

for (const [profile, seed] of [['R4', 41], ['Original', 42]]) {
  scenarios.push({
    name: `generated feed of odd and broken values, profile ${profile}, seed ${seed}`,
    async run(t) {
      const flags = Object.entries({...RATES, seed}).flatMap(([key, value]) => [`--${key}`, String(value)]);
      const sim = t.keep(await start(t.sim, ['--dicom-only', ...flags], {ready: jsonLine}));
      const states = [];
      for (const [mode, versions] of [['PerEntry', 'uuid'], ['Grouped', 'integer']]) {
        const fhir = await t.medplum({versions});
        const settings = {
          'Engine:CommitMode': mode,
          'Mapping:Profile': profile,
          'DicomCast:Features:GenerateObservations': true,
          'Patient:PatientSystemId': 'urn:example:mrn',
        };
        const program = t.program({dicom: sim.info.dicom, fhir: fhir.url, settings});
        const {code, entries, failed, invalid_tags: invalid} = await program.backfill();
        t.check(code === 3 && failed > 0 && invalid > 0, `exit ${code}, ${failed} failed, ${invalid} invalid tags`);
        const tables = (await program.errors()).map(({table}) => table);
        t.check(!tables.includes('FhirFailToStoreExceptionTable'), 'Medplum refused an entry');
        const {faults, ...state} = actual(fhir.repository);
        states.push(state);
        t.found.push(...faults.filter((fault) => profile === 'R4' || !MAY_LACK_COUNTS.test(fault)));
        t.count(fhir.peer, {entries});
      }
      t.found.push(...differences(states[0], states[1], 'state '));
    },
  });
}

scenarios.push({
  name: 'real DICOM files by dicomcast map',
  async run(t) {
    const {entries} = await realFeed({source: 'dcm2json'});
    const program = t.program({dicom: 'https://dicom.example.org', fhir: 'https://fhir.example.org'});
    let printed = 0;
    for (const profile of ['R4', 'Original']) {
      for (const entry of entries) {
        const file = path.join(t.folder, 'entry.json');
        writeFileSync(file, JSON.stringify(entry));
        const set = [`Mapping:Profile=${profile}`, 'DicomCast:Features:GenerateObservations=true'];
        const args = ['map', file, '--config', program.file, ...set.flatMap((each) => ['--set', each])];
        const {code, stdout, stderr} = await run(t.binary, args);
        if (code === 0) {
          appendFileSync(t.bodies, `${stdout.replaceAll('\n', ' ')}\n`);
          printed += 1;
        } else {
          t.check(stderr.length > 20, `map of ${entry.SopInstanceUid}: exit ${code} without a reason`);
        }
      }
    }
    t.check(printed >= entries.length * 1.5, `only ${printed} of ${entries.length * 2} entries were mapped`);
    t.count('3 validators', {entries: entries.length * 2});
  },
});
