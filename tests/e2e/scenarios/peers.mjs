// What docs/peers.md says of the peers, asked of them: a peer that behaves otherwise after an upgrade is noticed here.
import {randomUUID} from 'node:crypto';
import {azurite} from '../azurite.mjs';
import {dicomFiles} from '../dicom_files.mjs';
import {credentials, oidc} from '../oidc.mjs';
import {orthanc} from '../orthanc.mjs';
import {faults, wiremock} from '../wiremock.mjs';
import {signed} from './tables.mjs';

const query = (text) => encodeURIComponent(text);
const patient = (value, more) => ({resourceType: 'Patient', identifier: [{system: 'urn:s', value}], ...more});
const create = (value, ifNoneExist = `identifier=${query(`urn:s|${value}`)}`) => ({
  fullUrl: `urn:uuid:${randomUUID()}`,
  resource: patient(value),
  request: {method: 'POST', url: 'Patient', ifNoneExist},
});
const put = (resource, ifMatch) => ({
  fullUrl: `http://example.org/Patient/${resource.id}`,
  resource,
  request: {method: 'PUT', url: `Patient/${resource.id}`, ...(ifMatch && {ifMatch})},
});
const remove = (id) => ({request: {method: 'DELETE', url: `Patient/${id}`}});

/** Requests to a FHIR service: `send(entries)` a transaction, `search(query)` the matches' identifiers. */
function client(url) {
  const ask = async (method, path, body, type = 'application/fhir+json') => {
    const answer = await fetch(url + path, {method, headers: body && {'Content-Type': type}, body});
    return {status: answer.status, etag: answer.headers.get('etag'), json: await answer.json().catch(() => undefined)};
  };
  const send = (...entry) => ask('POST', '', JSON.stringify({resourceType: 'Bundle', type: 'transaction', entry}));
  const search = async (text) => {
    const {json} = await ask('GET', `/${text}`);
    return (json.entry ?? []).map(({resource}) => resource.identifier?.[0].value ?? resource.name);
  };
  return {ask, send, search};
}

async function medplumFacts(t, versions) {
  const fhir = await t.medplum({versions, validated: false});
  const {ask, send, search} = client(fhir.url);
  const first = await send(create('abc-1'));
  const [{response, resource}] = first.json.entry;
  t.equal([first.status, response.status, response.etag], [200, '201', undefined], 'conditional create');
  t.equal(response.location, `Patient/${resource.id}`, 'location');
  t.check(versions === 'integer' ? resource.meta.versionId === '1' : resource.meta.versionId.length === 36, 'versionId');
  const again = await send(create('abc-1'));
  t.equal([again.json.entry[0].response.status, again.json.entry[0].resource.id], ['200', resource.id], 'once more');
  const other = await send(create('ABC-1'));
  t.equal([other.json.entry[0].response.status, other.json.entry[0].resource.id], ['200', resource.id], 'other case');
  t.equal(await search(`Patient?identifier=${query('urn:s|ABC-1')}`), ['abc-1'], 'search in any case');
  t.equal(await search('Patient?identifier=abc-1'), ['abc-1'], 'search without system');
  const form = 'application/x-www-form-urlencoded';
  const posted = await ask('POST', '/Patient/_search', `identifier=${query('urn:s|abc-1')}`, form);
  t.equal([posted.status, posted.json.total], [200, 1], 'search by POST');
  t.equal([posted.json.link, posted.json.entry[0].fullUrl], [undefined, undefined], 'link and fullUrl of a search');

  await fhir.repository.createResource(patient('double'));
  await fhir.repository.createResource(patient('double'));
  t.equal((await send(create('double'))).status, 412, 'several matches');
  const read = await ask('GET', `/Patient/${resource.id}`);
  t.equal(read.etag, `W/"${resource.meta.versionId}"`, 'etag');
  const stale = await send(create('rolled-back'), put(resource, 'W/"0"'));
  t.equal(stale.status, 412, 'stale ifMatch');
  t.equal(await search(`Patient?identifier=${query('urn:s|rolled-back')}`), [], 'nothing of a refused transaction');
  t.equal((await send(put(resource, '0'))).status, 200, 'an ifMatch without W/"" is ignored');
  t.equal((await send(put({...resource, id: randomUUID()}, 'W/"1"'))).status, 404, 'ifMatch on what is not there');
  const {json: now} = await ask('GET', `/Patient/${resource.id}`);
  const same = await send(put(now, `W/"${now.meta.versionId}"`));
  t.check(same.json.entry[0].resource.meta.versionId !== now.meta.versionId, 'a PUT that changes nothing keeps the version');
  const gone = await send(remove(resource.id));
  t.equal([gone.status, gone.json.entry[0].response.status], [200, '200'], 'delete');
  t.equal((await send(create('x'), remove(resource.id))).status, 404, 'delete of what is gone');
  t.equal((await ask('GET', `/Patient/${resource.id}`)).status, 404, 'read of what is gone');

  const nine = Array.from({length: 9}, (_, n) => create(`n${n}`));
  t.equal((await send(...nine.slice(0, 8))).status, 200, '8 entries with ifNoneExist');
  const many = await send(...nine);
  t.equal(many.status, 400, '9 entries with ifNoneExist');
  t.equal(many.json.issue[0].details.text, 'Transaction requires strict isolation but has too many entries', 'reason');
  const plain = (n) => ({...create(`p${n}`), request: {method: 'POST', url: 'Patient'}});
  t.equal((await send(...Array.from({length: 60}, (_, n) => plain(n)))).status, 200, '60 plain creates');
  const {json: page} = await ask('GET', `/Patient?_count=60`);
  const puts = page.entry.map(({resource: each}) => put(each));
  t.equal((await send(...puts.slice(0, 50))).status, 200, '50 updates');
  t.equal((await send(...puts.slice(0, 51))).status, 400, '51 updates');

  for (const value of ['a,b', 'a$b', 'a\\b']) {
    await fhir.repository.createResource(patient(value));
    const escaped = value.replace(/[\\,$|]/g, '\\$&');
    t.equal(await search(`Patient?identifier=${query(`urn:s|${escaped}`)}`), [value], `${value} escaped`);
  }
  const bar = await Promise.all([1, 2].map(() => send(create('a|b', `identifier=${query('urn:s|a\\|b')}`))));
  t.equal(bar.map(({json}) => json.entry[0].response.status), ['201', '201'], 'a bar is never found');
  const joined = Array.from({length: 60}, (_, n) => `urn:s|p${n}`).join(',');
  t.equal((await search(`Patient?_count=100&identifier=${query(joined)}`)).length, 60, '60 joined');
  const long = await fetch(`${fhir.url}/Patient?identifier=${'x'.repeat(17_000)}`);
  t.equal(long.status, 431, 'a URL above 16 KB');

  const endpoint = (name) => ({
    resourceType: 'Endpoint',
    name,
    status: 'active',
    connectionType: {code: 'dicom-wado-rs'},
    payloadType: [{text: 'x'}],
    address: 'http://x',
  });
  await fhir.repository.createResource(endpoint('WADO http://x/v1'));
  await fhir.repository.createResource(endpoint('the wado HTTP://X/V1/more'));
  for (const parameter of ['name', 'name:exact']) {
    const found = await search(`Endpoint?${parameter}=${query('WADO http://x/v1')}`);
    t.equal(found.length, 2, `Endpoint?${parameter} finds by substring in any case: `);
  }
}

export const scenarios = ['uuid', 'integer'].map((versions) => ({
  name: `Medplum as docs/peers.md says, ${versions} versions`,
  run: (t) => medplumFacts(t, versions),
}));

scenarios.push({
  name: 'Azurite as docs/peers.md says',
  async run(t) {
    const server = t.keep(await azurite());
    let requests = 0;
    const ask = (...request) => {
      requests += 1;
      return signed(server, ...request);
    };
    const row = (key, more) => ({PartitionKey: 'p', RowKey: key, ...more});
    t.equal((await ask('POST', 'Tables', {TableName: 'one'})).status, 201, 'create a table');
    t.equal((await ask('POST', 'Tables', {TableName: 'one'})).status, 409, 'create it again');
    const where = "one(PartitionKey='p',RowKey='r')";
    t.equal((await ask('PUT', where, row('r', {Value: 'a'}))).status, 204, 'upsert');
    t.equal((await ask('PUT', where, row('r'), {'If-Match': `W/"datetime'2020-01-01T00%3A00%3A00Z'"`})).status, 412, 'stale etag');
    t.equal((await ask('GET', "one(PartitionKey='p',RowKey='none')")).status, 404, 'a row that is not there');
    t.equal((await ask('GET', 'two()')).status, 404, 'a table that is not there');
    for (const [length, status] of [[32_768, 204], [32_769, 400]]) {
      t.equal((await ask('PUT', where, row('r', {Value: 'x'.repeat(length)}))).status, status, `${length} characters`);
    }
    await ask('PUT', "one(PartitionKey='p',RowKey='s')", row('s'));
    const page = await ask('GET', 'one()?$top=1');
    t.equal([page.json.value.length, page.next.partition !== null, page.next.row !== null], [1, true, true], 'paging');
    const rest = await ask('GET', `one()?NextPartitionKey=${page.next.partition}&NextRowKey=${page.next.row}`);
    t.equal(rest.json.value.map(({RowKey}) => RowKey), ['s'], 'next page');
    t.count('Azurite', {requests});
  },
});

scenarios.push({
  name: 'oidc-provider as docs/peers.md says',
  async run(t) {
    const service = t.keep(await oidc({ttl: 60}));
    const ask = async (form, headers) => {
      const answer = await fetch(service.token_uri, {method: 'POST', body: new URLSearchParams(form), headers});
      return {status: answer.status, json: await answer.json()};
    };
    const {client_id: id, client_secret: secret, username, password} = credentials;
    const basic = (user, word) => {
      const pair = `${encodeURIComponent(user)}:${encodeURIComponent(word)}`;
      return {Authorization: `Basic ${Buffer.from(pair).toString('base64')}`};
    };
    const client = {grant_type: 'client_credentials', resource: 'https://a.example.org/'};
    const byBody = await ask({...client, client_id: id, client_secret: secret});
    t.equal([byBody.status, byBody.json.expires_in, byBody.json.access_token.split('.').length], [200, 60, 3], 'by body');
    t.equal((await ask(client, basic(id, secret))).status, 200, 'by Basic');
    t.equal((await ask({...client, client_id: id, client_secret: 'no'})).status, 401, 'wrong secret in the body');
    t.equal((await ask(client, basic(id, 'no'))).status, 401, 'wrong secret by Basic');
    const user = {grant_type: 'password', client_id: id, client_secret: secret, username};
    t.equal((await ask({...user, password})).status, 200, 'password grant');
    t.equal((await ask({...user, password: 'no'})).json.error, 'invalid_grant', 'wrong password');
    t.check(await service.accepts(byBody.json.access_token), 'a token is not accepted');
    t.count('oidc-provider', {requests: service.counts.issued + service.counts.refused});
  },
});

scenarios.push({
  name: 'WireMock as docs/peers.md says',
  async run(t) {
    const fhir = await t.medplum({validated: false});
    const proxy = t.keep(await wiremock(fhir.url));
    const names = Object.keys(faults);
    await proxy.plan('GET', names, {every: 2});
    const seen = [];
    for (let n = 0; n < names.length * 2; n += 1) {
      const result = await fetch(`${proxy.url}/metadata`)
        .then(async (answer) => `${answer.status}${(await answer.text()).endsWith('}') ? '' : ' no JSON'}`)
        .catch((error) => error.cause?.code ?? 'broken');
      if (n % 2 === 0) t.equal(result, '200', 'the service itself: ');
      else seen.push(result);
    }
    t.equal(seen.slice(0, 5), ['503 no JSON', '502 no JSON', '429 no JSON', '504 no JSON', 'ECONNRESET'], 'faults');
    t.check(!seen.slice(5, 8).some((each) => /^\d/.test(each)), `broken answers are ${seen.slice(5, 8)}`);
    t.equal(seen.slice(8), ['200 no JSON', '200 no JSON', '503 no JSON'], 'answers that are none');
    const injected = await proxy.injected();
    t.count('WireMock', {requests: await proxy.requests(), faults: Object.keys(injected).length});
    t.equal(Object.keys(injected).sort(), [...names].sort(), 'injected');
  },
});

scenarios.push({
  name: 'Orthanc as docs/peers.md says',
  async run(t) {
    const server = t.keep(await orthanc());
    const file = dicomFiles().find(({name}) => name.endsWith('chrX1.dcm')); // UTF-8 names in Chinese
    const sent = await (await fetch(`${server.url}/instances`, {method: 'POST', body: file.bytes})).json();
    t.equal(sent.Status, 'Success', 'store');
    const twice = await (await fetch(`${server.url}/instances`, {method: 'POST', body: file.bytes})).json();
    t.equal(twice.Status, 'AlreadyStored', 'store again');
    const {Changes: changes, Done: done} = await (await fetch(`${server.url}/changes?since=0&limit=100`)).json();
    t.check(done && changes.some(({ChangeType: type, ID}) => type === 'NewInstance' && ID === sent.ID), 'changes');
    const studies = await (await fetch(`${server.dicomweb}/studies`)).json();
    const uid = studies[0]['0020000D'].Value[0];
    const answer = await fetch(`${server.dicomweb}/studies/${uid}/metadata`, {headers: {Accept: 'application/dicom+json'}});
    t.equal(answer.headers.get('content-type')?.split(';')[0], 'application/dicom+json', 'media type');
    const [dataset] = await answer.json();
    t.equal(dataset['00100010'].Value[0].Alphabetic, 'Wang^XiaoDong', 'PN');
    t.equal(dataset['7FE00010']?.InlineBinary, undefined, 'bulk data');
    await fetch(`${server.url}/instances/${sent.ID}`, {method: 'DELETE'});
    const {Changes: after} = await (await fetch(`${server.url}/changes?since=0&limit=100`)).json();
    t.check(!after.some(({ID}) => ID === sent.ID), 'a deleted instance is still among the changes');
    t.count('Orthanc with orthanc-dicomweb', {requests: 7});
  },
});
