// State and errors in Azure Table Storage, and moving over from the original.
import {createHmac} from 'node:crypto';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {azurite} from '../azurite.mjs';
import {door} from '../lib/door.mjs';
import {actual, all} from '../lib/model.mjs';
import {run, until} from '../lib/process.mjs';
import {nested} from '../lib/program.mjs';
import {fill, dataset} from '../lib/studies.mjs';

const PEER = 'Azurite';

/** A request to the table service, signed with SharedKeyLite: {status, json, next}, next being where to read on. */
export async function signed(server, method, where, body, headers = {}) {
  const url = new URL(`${server.url}/${where}`);
  const date = new Date().toUTCString();
  const key = Buffer.from(server.key, 'base64');
  const signature = createHmac('sha256', key).update(`${date}\n/${server.account}${url.pathname}`).digest('base64');
  const answer = await fetch(url, {
    method,
    headers: {
      Authorization: `SharedKeyLite ${server.account}:${signature}`,
      'x-ms-date': date,
      'x-ms-version': '2019-02-02',
      Accept: 'application/json;odata=nometadata',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const next = (key) => answer.headers.get(`x-ms-continuation-next${key}key`);
  return {
    status: answer.status,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
    next: {partition: next('partition'), row: next('row')},
  };
}

/** The same where it has to succeed: the answer's JSON. */
async function table(server, method, where, body) {
  const {status, json} = await signed(server, method, where, body);
  if (status >= 300) throw new Error(`${method} ${where}: ${status} ${JSON.stringify(json)}`);
  return json;
}

/** Azurite and a door that counts the requests to it, with the connection string through the door. */
async function tables(t, {delay = 0} = {}) {
  const server = t.keep(await azurite());
  const counted = t.keep(await door(server.url, {delay}));
  const string = server.connection_string.replace(server.url, counted.url);
  return {...server, counts: counted.counts, settings: {'TableStore:ConnectionString': string}};
}

/** The unit tests of io, of whichever build has them. */
function unitTests(binary) {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const folders = [path.dirname(binary), path.join(root, 'build-dev-asan'), path.join(root, 'build')];
  return folders.map((folder) => path.join(folder, 'tests', 'test_io')).find(existsSync);
}

export const scenarios = [
  {
    name: 'one suite of the state store, against Azurite',
    async run(t) {
      const tests = unitTests(t.binary);
      if (!tests) {
        console.log('       not run: test_io is in no build folder');
        return;
      }
      const server = t.keep(await azurite());
      const counted = t.keep(await door(server.url));
      const env = {DICOMCAST_AZURITE: server.connection_string.replace(server.url, counted.url)};
      for (const file of ['state_store_test', 'azure_table_store_test', 'one_writer_test']) {
        const {code, stdout, stderr} = await run(tests, [`[#${file}]`, '-#'], {env, timeout: 180_000});
        t.check(code === 0, `${file}: exit ${code}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
      }
      t.check(counted.counts.passed > 500, `${counted.counts.passed} requests came to Azurite`);
      t.count(PEER, {requests: counted.counts.passed});
    },
  },
  {
    name: 'state in Azure tables',
    async run(t) {
      const store = await tables(t);
      const feed = fill(await t.feed());
      feed.create(dataset({study: 50, id: ''})); // without PatientID: not stored
      feed.create(dataset({study: 51, more: {'00100040': {vr: 'CS', Value: ['X']}}})); // sex is invalid
      const fhir = await t.medplum();
      const settings = {...store.settings, 'TableStore:TableNamePrefix': 'cast'};
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
      const first = await program.backfill('--to', '60');
      t.check(first.code === 0, `backfill to 60: exit ${first.code}`);
      const result = await program.backfill();
      t.check(result.code === 3 && result.failed === 1, `backfill: exit ${result.code}, ${result.failed} failed`);
      t.check(result.invalid_tags === 1, `${result.invalid_tags} invalid tags`);
      const status = await program.status();
      t.check(status.synced_sequence === feed.latest, `checkpoint ${status.synced_sequence}, not ${feed.latest}`);
      const rows = await program.errors();
      const failed = rows.filter(({table: name}) => name === 'DicomFailToStoreExceptionTable');
      t.check(failed.length === 1 && failed[0].message.includes('PatientID'), `rows ${JSON.stringify(rows)}`);
      const {value} = await table(store, 'GET', 'castDicomFailToStoreExceptionTable()');
      const names = ['StudyUid', 'SeriesUid', 'InstanceUid', 'ChangeFeedSequence', 'Exception'];
      t.check(value.length === 1 && names.every((name) => name in value[0]), `row ${JSON.stringify(value)}`);
      const state = await table(store, 'GET', 'castSyncStateTable()');
      const checkpoint = state.value.find(({RowKey}) => RowKey === 'SyncStateRowKey');
      t.check(Number(checkpoint?.SyncedSequence) === feed.latest, `rows ${JSON.stringify(state.value)}`);
      t.count(PEER, {entries: feed.entries.length, requests: store.counts.passed});
      t.count(fhir.peer, {entries: feed.entries.length});
      const {faults} = actual(fhir.repository);
      t.found.push(...faults);
    },
  },
  {
    name: 'Azure tables killed in the middle',
    async run(t) {
      const store = await tables(t);
      let victim;
      let transactions = 0;
      const afterWrite = () => {
        transactions += 1;
        if (transactions % 12 === 0 && transactions < 50) process.kill(victim.pid, 'SIGKILL');
      };
      const feed = fill(await t.feed());
      const fhir = await t.medplum({versions: 'integer', afterWrite});
      const settings = {...store.settings, 'Engine:CommitMode': 'PerEntry', 'StateStore:LeaseDuration': '00:00:02'};
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
      /** The lease of the one that was killed has ended: a command that needs the state store gets it. */
      const free = async () => (await program.command('errors', 'replay')).code === 0;
      for (let round = 0; round < 4; round += 1) {
        victim = await program.begin('backfill');
        const {signal} = await victim.exited;
        t.check(signal === 'SIGKILL', `round ${round} was not killed`);
        await until(free, {every: 200, what: 'the end of the lease'});
      }
      await t.backfill(program);
      t.compare(feed, fhir);
      t.count(PEER, {entries: feed.entries.length, requests: store.counts.passed, faults: 4});
    },
  },
  {
    name: 'Azure tables do not hold up a backfill',
    async run(t) {
      const seconds = async (store) => {
        const feed = fill(await t.feed(), {studies: 10, changes: false});
        const fhir = await t.medplum({delay: 20});
        const settings = {...store?.settings, 'Engine:CommitMode': 'PerEntry'};
        const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
        const result = await t.backfill(program);
        t.compare(feed, fhir);
        if (store) t.count(PEER, {entries: feed.entries.length, requests: store.counts.passed});
        return result.seconds;
      };
      const [sqlite, azure] = [await seconds(), await seconds(await tables(t, {delay: 20}))];
      t.check(azure < sqlite * 1.25, `${azure} s with tables of 20 ms a request, ${sqlite} s with SQLite`);
    },
  },
  {
    name: 'moving over from the original',
    async run(t) {
      const store = await tables(t);
      const feed = fill(await t.feed({gaps: false}), {studies: 2, series: 1, instances: 3, changes: false});
      const fhir = await t.medplum({versions: 'integer'});
      await fillAsOriginal(fhir.repository, feed.url);
      await table(store, 'POST', 'Tables', {TableName: 'SyncStateTable'});
      await table(store, 'POST', 'SyncStateTable', {
        PartitionKey: 'SyncStatePartitionKey',
        RowKey: 'SyncStateRowKey',
        SyncedSequence: '3',
        'SyncedSequence@odata.type': 'Edm.Int64',
        SyncedDate: '2024-01-01T00:00:00Z',
        'SyncedDate@odata.type': 'Edm.DateTime',
      });
      for (const instance of [4, 5]) feed.create(dataset({instance})); // more for the study that the original stored
      const config = nested({
        'Logging:LogLevel:Default': 'Information',
        'ApplicationInsights:InstrumentationKey': '',
        'KeyVault:Endpoint': '',
        'DicomWeb:Endpoint': feed.url,
        'DicomWeb:Authentication:Enabled': false,
        'DicomWeb:Authentication:AuthenticationType': '',
        'Fhir:Endpoint': 'https://overridden.example.org/',
        'Fhir:Authentication:Enabled': false,
        'DicomCastWorker:PollInterval': '00:01:00',
        'DicomCastWorker:PollIntervalDuringCatchup': '00:00:00',
        'DicomCast:Features:EnforceValidationOfTagValues': false,
        'RetryConfiguration:TotalRetryDuration': '00:10:00',
        'Patient:PatientSystemId': 'urn:example:mrn',
        'Patient:IsIssuerIdUsed': false,
        'TableStore:ConnectionString': '',
      });
      const env = {Fhir__Endpoint: fhir.url, TableStore__ConnectionString: store.settings['TableStore:ConnectionString']};
      const program = t.program({dicom: feed.url, fhir: fhir.url, config, env});
      const status = await program.status();
      t.check(status.synced_sequence === 3, `the original's checkpoint is read as ${status.synced_sequence}`);
      const result = await t.backfill(program);
      t.check(result.first_sequence > 3, `it began at ${result.first_sequence}`);
      t.count(PEER, {entries: result.entries, requests: store.counts.passed});
      t.count(fhir.peer, {entries: result.entries});
      const studies = all(fhir.repository, 'ImagingStudy');
      t.check(studies.length === 2, `${studies.length} studies, not 2`);
      t.check(all(fhir.repository, 'Patient').length === 1, `${all(fhir.repository, 'Patient').length} Patients, not 1`);
      const {series, modality} = studies.find(({id}) => id === 'original-study') ?? {};
      t.check(series?.length === 1 && series[0].instance.length === 5, `the study holds ${JSON.stringify(series)}`);
      t.check(modality?.length === 1, `its modalities are ${JSON.stringify(modality)}`);
    },
  },
];

/** What the original leaves in a FHIR service for the first study of the feed. */
async function fillAsOriginal(repository, dicomUrl) {
  const address = new URL(dicomUrl).href;
  const [uid, series] = ['0020000D', '0020000E'].map((tag) => dataset({})[tag].Value[0]);
  const instance = (n) => ({
    uid: dataset({instance: n})['00080018'].Value[0],
    sopClass: {code: '1.2.840.10008.5.1.4.1.1.2'},
    number: n,
  });
  await repository.createResource({
    resourceType: 'Patient',
    id: 'original-patient',
    identifier: [{system: 'urn:example:mrn', value: 'P-1'}],
    name: [{use: 'usual', family: 'Müller1', given: ['Anna', 'B'], prefix: ['Dr'], suffix: ['MD']}],
    gender: 'female',
    birthDate: '1970-02-28',
  });
  await repository.createResource({
    resourceType: 'Endpoint',
    id: 'original-endpoint',
    status: 'active',
    connectionType: {system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type', code: 'dicom-wado-rs'},
    name: `DICOM WADO-RS endpoint ${address}`,
    payloadType: [{text: 'DICOM WADO-RS'}],
    payloadMimeType: ['application/dicom'],
    address,
  });
  await repository.createResource({
    resourceType: 'ImagingStudy',
    id: 'original-study',
    meta: {source: address},
    identifier: [
      {system: 'urn:dicom:uid', value: `urn:oid:${uid}`},
      {type: {coding: [{system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN'}]}, value: 'A1'},
    ],
    status: 'available',
    modality: [{system: 'DCM', code: 'CT'}],
    subject: {reference: 'Patient/original-patient'},
    started: '2024-02-29T10:11:12+01:00',
    endpoint: [{reference: 'Endpoint/original-endpoint'}],
    note: [{text: 'Thorax 1'}],
    series: [
      {
        uid: series,
        number: 1,
        modality: {system: 'DCM', code: 'CT'},
        description: 'series 1',
        started: '2024-02-29T10:12:01+01:00',
        instance: [1, 2, 3].map(instance),
      },
    ],
  });
}
