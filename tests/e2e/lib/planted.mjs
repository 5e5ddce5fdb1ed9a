// The validators' own test: a sound transaction passes, and each planted fault is found by at least one of them.
import {validate} from './validators.mjs';

const UID = 'urn:oid:1.2.840.113619.2.55.3';
const DCM = 'http://dicom.nema.org/resources/ontology/DCM';

/** A transaction as dicomcast sends it: a new study with a dose summary. */
export function soundBundle() {
  const id = (n) => `urn:uuid:0b5d7a55-2f52-4c6e-9d3b-00000000000${n}`;
  const post = (type, query) => ({method: 'POST', url: type, ifNoneExist: `identifier=${encodeURIComponent(query)}`});
  const endpoint = 'http://dicom.example.org/v1';
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: id(1),
        resource: {
          resourceType: 'Patient',
          identifier: [{system: 'urn:example:mrn', value: 'P 1'}],
          name: [{use: 'usual', family: 'Doe', given: ['Jane', 'B'], prefix: ['Dr'], suffix: ['MD']}],
          gender: 'female',
          birthDate: '1970-02-28',
        },
        request: post('Patient', 'urn:example:mrn|P 1'),
      },
      {
        fullUrl: id(2),
        resource: {
          resourceType: 'Endpoint',
          identifier: [{system: 'urn:ietf:rfc:3986', value: endpoint}],
          status: 'active',
          connectionType: {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
            code: 'dicom-wado-rs',
          },
          name: `DICOM WADO-RS endpoint ${endpoint}`,
          payloadType: [{text: 'DICOM WADO-RS'}],
          payloadMimeType: ['application/dicom'],
          address: endpoint,
        },
        request: post('Endpoint', `urn:ietf:rfc:3986|${endpoint}`),
      },
      {
        fullUrl: id(3),
        resource: {
          resourceType: 'ImagingStudy',
          meta: {source: 'http://dicom.example.org/'},
          identifier: [
            {system: 'urn:dicom:uid', value: UID},
            {
              type: {coding: [{system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN'}]},
              value: 'A1',
            },
          ],
          status: 'available',
          modality: [{system: DCM, code: 'CT'}],
          subject: {reference: id(1)},
          started: '2024-02-29T10:11:12.5+01:00',
          endpoint: [{reference: id(2)}],
          numberOfSeries: 1,
          numberOfInstances: 1,
          note: [{text: 'Thorax'}],
          description: 'Thorax',
          series: [
            {
              uid: '1.2.3',
              number: 1,
              modality: {system: DCM, code: 'CT'},
              description: 'axial',
              numberOfInstances: 1,
              started: '2024-02-29',
              instance: [
                {uid: '1.2.3.4', sopClass: {system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.840.10008.5.1.4.1.1.2'}, number: 7},
              ],
            },
          ],
        },
        request: post('ImagingStudy', `urn:dicom:uid|${UID}`),
      },
      {
        fullUrl: id(4),
        resource: {
          resourceType: 'Observation',
          identifier: [{system: 'urn:dicom:uid', value: 'urn:oid:1.2.3.5'}],
          partOf: [{reference: id(3)}],
          status: 'final',
          code: {coding: [{system: 'http://loinc.org', code: '73569-6'}]},
          subject: {reference: id(1)},
          effectiveDateTime: '2024-02-29T10:11:12+01:00',
          component: [
            {
              code: {coding: [{system: DCM, code: '113813'}]},
              valueQuantity: {value: 1.5, unit: 'mGy.cm', system: 'http://unitsofmeasure.org', code: 'mGy.cm'},
            },
            {code: {coding: [{system: DCM, code: '113812'}]}, valueInteger: 2},
          ],
        },
        request: post('Observation', 'urn:dicom:uid|urn:oid:1.2.3.5'),
      },
    ],
  };
}

const [PATIENT, ENDPOINT, STUDY, OBSERVATION] = [0, 1, 2, 3];
const of = (entry, change) => (bundle) => change(bundle.entry[entry].resource);

/** Each a name and a change that makes the sound Bundle faulty. */
export const planted = {
  'a gender that is none': of(PATIENT, (r) => (r.gender = 'F')),
  'a birth date in DICOM form': of(PATIENT, (r) => (r.birthDate = '19700228')),
  'a birth date without its day': of(PATIENT, (r) => (r.birthDate = '1970-2-28')),
  'a name that is no list': of(PATIENT, (r) => (r.name = r.name[0])),
  'a given name that is no list': of(PATIENT, (r) => (r.name[0].given = 'Jane')),
  'an empty given name': of(PATIENT, (r) => (r.name[0].given = [''])),
  'an empty list': of(PATIENT, (r) => (r.name = [])),
  'an unknown element': of(PATIENT, (r) => (r.patientId = 'x')),
  'a use that is none': of(PATIENT, (r) => (r.name[0].use = 'common')),
  'an identifier with a number': of(PATIENT, (r) => (r.identifier[0].value = 1)),
  'a system with a space': of(PATIENT, (r) => (r.identifier[0].system = 'my system')),
  'an Endpoint without status': of(ENDPOINT, (r) => delete r.status),
  'an Endpoint without payloadType': of(ENDPOINT, (r) => delete r.payloadType),
  'an Endpoint without address': of(ENDPOINT, (r) => delete r.address),
  'a connection type that is a concept': of(ENDPOINT, (r) => (r.connectionType = {coding: [r.connectionType]})),
  'a study without subject': of(STUDY, (r) => delete r.subject),
  'a study without status': of(STUDY, (r) => delete r.status),
  'a study status that is none': of(STUDY, (r) => (r.status = 'ok')),
  'a start without zone': of(STUDY, (r) => (r.started = '2024-02-29T10:11:12')),
  'a start without seconds': of(STUDY, (r) => (r.started = '2024-02-29T10:11+01:00')),
  'a start in month 13': of(STUDY, (r) => (r.started = '2024-13-01')),
  'a zone without colon': of(STUDY, (r) => (r.started = '2024-02-29T10:11:12+0100')),
  'a negative series number': of(STUDY, (r) => (r.series[0].number = -1)),
  'a fraction as instance number': of(STUDY, (r) => (r.series[0].instance[0].number = 1.5)),
  'a series number in quotes': of(STUDY, (r) => (r.series[0].number = '1')),
  'a series without uid': of(STUDY, (r) => delete r.series[0].uid),
  'a series without modality': of(STUDY, (r) => delete r.series[0].modality),
  'an instance without sopClass': of(STUDY, (r) => delete r.series[0].instance[0].sopClass),
  'an instance without uid': of(STUDY, (r) => delete r.series[0].instance[0].uid),
  'a series uid as URN': of(STUDY, (r) => (r.series[0].uid = 'a b')),
  'a modality that is a concept': of(STUDY, (r) => (r.modality = [{coding: r.modality}])),
  'a note that is a string': of(STUDY, (r) => (r.note = ['Thorax'])),
  'a note without text': of(STUDY, (r) => (r.note = [{}])),
  'an Observation without status': of(OBSERVATION, (r) => delete r.status),
  'an Observation without code': of(OBSERVATION, (r) => delete r.code),
  'two values in a component': of(OBSERVATION, (r) => (r.component[1].valueString = 'x')),
  'a quantity in quotes': of(OBSERVATION, (r) => (r.component[0].valueQuantity.value = '1.5')),
  'a partOf to a Patient': of(OBSERVATION, (r) => (r.partOf = [{reference: 'Patient/1'}])),
  'a component without code': of(OBSERVATION, (r) => delete r.component[0].code),
  'an entry without method': (b) => delete b.entry[0].request.method,
  'a method that is none': (b) => (b.entry[0].request.method = 'post'),
  'a Bundle without type': (b) => delete b.type,
  'a reference that leads nowhere': of(STUDY, (r) => (r.subject.reference = 'urn:uuid:0b5d7a55-2f52-4c6e-9d3b-000000000009')),
};

/** Says what was found by which validator; true when the sound Bundle passes and every fault is found. */
export function selfTest(log = console.log) {
  const sound = validate(soundBundle());
  for (const fault of sound) log(`SELF-TEST the sound Bundle is refused: ${JSON.stringify(fault)}`);
  const missed = [];
  const found = {};
  for (const [name, plant] of Object.entries(planted)) {
    const bundle = soundBundle();
    plant(bundle);
    const by = new Set(validate(bundle).map(({validator}) => validator));
    if (by.size === 0) missed.push(name);
    for (const validator of by) found[validator] = (found[validator] ?? 0) + 1;
  }
  const total = Object.keys(planted).length;
  const alone = Object.entries(found).map(([validator, count]) => `${validator} ${count}`).join(', ');
  log(`self-test: ${total - missed.length} of ${total} planted faults found (${alone})`);
  for (const name of missed) log(`SELF-TEST not found: ${name}`);
  return sound.length === 0 && missed.length === 0;
}
