// Never is one patient's entry written to another's resource, although Medplum matches identifiers in any case.
import {all} from '../lib/model.mjs';
import {dataset} from '../lib/studies.mjs';

export const scenarios = [];

/** The identifier of the Patient that a study refers to; none: no such study. */
function patientOf(repository, study) {
  const uid = `urn:oid:${dataset({study})['0020000D'].Value[0]}`;
  const resource = all(repository, 'ImagingStudy').find(({identifier}) => identifier.some(({value}) => value === uid));
  const id = resource?.subject.reference.split('/')[1];
  return all(repository, 'Patient').find((patient) => patient.id === id)?.identifier[0].value;
}

for (const [mode, versions] of [['PerEntry', 'uuid'], ['Grouped', 'integer']]) {
  scenarios.push({
    name: `patient abc-1 never becomes ABC-1, ${mode}`,
    async run(t) {
      const feed = await t.feed({gaps: false});
      feed.create(dataset({study: 1, id: 'abc-1', name: 'Lower^Case'}));
      feed.create(dataset({study: 2, id: 'ABC-1', name: 'Upper^Case'}));
      feed.create(dataset({study: 3, id: 'abc-1', name: 'Lower^Case'}));
      feed.create(dataset({study: 4, id: 'P-4'}));
      feed.update(dataset({study: 3, id: 'Abc-1', name: 'Mixed^Case'}));
      const fhir = await t.medplum({versions});
      const settings = {'Engine:CommitMode': mode, 'Patient:PatientSystemId': 'urn:example:mrn'};
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
      const result = await program.backfill();
      t.check(result.code === 3, `backfill: exit ${result.code}`);
      t.count(fhir.peer, {entries: feed.entries.length});
      const names = all(fhir.repository, 'Patient').map(({identifier, name}) => `${identifier[0].value} ${name[0].family}`);
      t.equal(names.sort(), ['P-4 Müller1', 'abc-1 Lower'], 'Patients');
      t.equal([1, 2, 4].map((study) => patientOf(fhir.repository, study)), ['abc-1', undefined, 'P-4'], 'subjects');
      const rows = (await program.errors()).filter(({table}) => table === 'FhirFailToStoreExceptionTable');
      const second = rows.find(({sequence}) => sequence === 2);
      t.check(second?.message.includes('abc-1') && second.message.includes('ABC-1'), `row ${JSON.stringify(rows)}`);
    },
  });
}

scenarios.push({
  name: 'another patient comes in between search and create',
  async run(t) {
    // As the first Patient is about to be made, somebody makes one whose identifier differs in case only.
    const onWrite = async (repository, body) => {
      const create = body?.entry?.find(({resource}) => resource?.identifier?.[0]?.value === 'abc-2');
      if (!create || all(repository, 'Patient').length > 0) return;
      await repository.createResource({
        resourceType: 'Patient',
        identifier: [{system: 'urn:example:mrn', value: 'ABC-2'}],
        name: [{use: 'usual', family: 'Other'}],
      });
    };
    const feed = await t.feed({gaps: false});
    feed.create(dataset({study: 1, id: 'abc-2'}));
    feed.create(dataset({study: 2, id: 'P-9'}));
    const fhir = await t.medplum({onWrite});
    const settings = {'Patient:PatientSystemId': 'urn:example:mrn'};
    const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
    const {code} = await program.backfill();
    t.check(code === 3, `backfill: exit ${code}`);
    t.count(fhir.peer, {entries: 2, faults: 1});
    t.equal([1, 2].map((study) => patientOf(fhir.repository, study)), [undefined, 'P-9'], 'subjects');
    const other = all(fhir.repository, 'Patient').find(({identifier}) => identifier[0].value === 'ABC-2');
    t.check(other?.name[0].family === 'Other' && !other.gender, `the other Patient is ${JSON.stringify(other)}`);
    const rows = await program.errors();
    t.check(rows.some(({table}) => table === 'FhirFailToStoreExceptionTable'), `rows ${JSON.stringify(rows)}`);
  },
});

scenarios.push({
  name: 'Endpoint of a name that is a part of ours',
  async run(t) {
    const feed = await t.feed({gaps: false});
    feed.create(dataset({}));
    const fhir = await t.medplum();
    const address = `${feed.url}/v1`;
    for (const other of [`${address}0`, `${address}/partitions/x`]) {
      await fhir.repository.createResource({
        resourceType: 'Endpoint',
        status: 'active',
        connectionType: {system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'dicom-wado-rs'},
        name: `DICOM WADO-RS endpoint ${other}`,
        payloadType: [{text: 'DICOM WADO-RS'}],
        address: other,
      });
    }
    const program = t.program({dicom: feed.url, fhir: fhir.url});
    await t.backfill(program);
    t.count(fhir.peer, {entries: 1});
    const own = all(fhir.repository, 'Endpoint').filter((endpoint) => endpoint.address === address);
    t.check(own.length === 1, `${own.length} Endpoints of our address`);
    const [study] = all(fhir.repository, 'ImagingStudy');
    t.check(study?.endpoint?.[0].reference === `Endpoint/${own[0]?.id}`, `endpoint ${JSON.stringify(study?.endpoint)}`);
  },
});
