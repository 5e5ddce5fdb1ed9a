// A FHIR R4 service: Medplum's router (search, transactions, validation) over its memory repository, behind http.
// Prints {"url", "pid"} when it listens. With --record every request is a JSON line in that file:
// {"at": ms since start, "ms": duration, "method", "url", "status", "body"?}.
import {appendFileSync} from 'node:fs';
import http from 'node:http';
import {badRequest, getStatus} from '@medplum/core';
import {FhirRouter} from '@medplum/fhir-router';
import {loadDefinitions} from './lib/definitions.mjs';
import {Repository} from './lib/repository.mjs';
import {announce, bodyOf, close, isProgram, listen, options} from './lib/starter.mjs';

const RESOURCES = ['Patient', 'Endpoint', 'ImagingStudy', 'Observation'];

/** The CapabilityStatement: FHIR 4.0.1 with transactions and JSON Patch. */
function capabilities() {
  const interaction = ['read', 'create', 'update', 'patch', 'delete', 'search-type'].map((code) => ({code}));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2024-01-01',
    kind: 'instance',
    software: {name: 'Medplum FHIR router', version: '4.5.2'},
    implementation: {description: 'End-to-end tests'},
    fhirVersion: '4.0.1',
    format: ['json'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        resource: RESOURCES.map((type) => ({type, interaction, conditionalCreate: true, versioning: 'versioned-update'})),
        interaction: [{code: 'transaction'}, {code: 'batch'}],
      },
    ],
  };
}

/**
 * A FHIR service on a free port.
 * @param {object} settings `versions`: "uuid" or "integer"; `base`: path of the service; `delay`: ms before a write is
 *   done; `onRequest(line)` gets each request when it is answered; `onWrite(repository, body)` comes before each write,
 *   `afterWrite()` between its being done and its being answered; `port`
 * @returns {Promise<{url: string, repository: Repository, stop: () => Promise<void>}>}
 */
export async function medplum({versions = 'uuid', base = '', delay = 0, port = 0, ...hooks} = {}) {
  loadDefinitions();
  const router = new FhirRouter();
  const repository = new Repository({integerVersions: versions === 'integer'});
  const begin = performance.now();
  let writes = Promise.resolve(); // the memory repository knows no isolation: one write after another

  async function answer(request, text) {
    const url = request.url.slice(base.length);
    if (!request.url.startsWith(base)) return {status: 404, resource: undefined};
    if (request.method === 'GET' && url.startsWith('/metadata')) return {status: 200, resource: capabilities()};
    const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    let body;
    try {
      if (text) body = form ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
    } catch {
      const outcome = badRequest('Content could not be parsed');
      return {status: 400, resource: outcome};
    }
    const call = async () =>
      router.handleRequest(
        {
          method: request.method,
          url: url.replace(/^\//, ''),
          pathname: '',
          params: {},
          query: {},
          headers: request.headers,
          body,
          config: {transactions: true},
        },
        repository,
      );
    const write = async () => {
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      await hooks.onWrite?.(repository, body);
      const result = await call();
      await hooks.afterWrite?.(repository, body);
      return result;
    };
    const reads = request.method === 'GET' || url.split('?')[0].endsWith('/_search');
    const done = reads ? call() : (writes = writes.then(write, write));
    const [outcome, resource] = await done;
    return {status: getStatus(outcome), resource: resource ?? outcome};
  }

  const server = http.createServer(async (request, response) => {
    const at = performance.now() - begin;
    const text = await bodyOf(request).catch(() => undefined);
    if (text === undefined) return;
    const {status, resource} = await answer(request, text);
    response.statusCode = status;
    response.setHeader('Content-Type', 'application/fhir+json; charset=utf-8');
    if (resource?.meta?.versionId) response.setHeader('ETag', `W/"${resource.meta.versionId}"`);
    if (status === 201 && resource?.id) response.setHeader('Location', `${base}/${resource.resourceType}/${resource.id}`);
    response.end(resource ? JSON.stringify(resource) : undefined);
    const line = {at, ms: performance.now() - begin - at, method: request.method, url: request.url, status};
    hooks.onRequest?.(text ? {...line, body: text} : line);
  });
  const url = (await listen(server, port)) + base;
  return {url, repository, stop: () => close(server)};
}

if (isProgram(import.meta.url)) {
  const values = options({
    versions: {type: 'string', default: 'uuid'},
    base: {type: 'string', default: ''},
    record: {type: 'string'},
    delay: {type: 'string', default: '0'},
    port: {type: 'string', default: '0'},
  });
  const {record} = values;
  const onRequest = record && ((line) => appendFileSync(record, `${JSON.stringify(line)}\n`));
  const service = await medplum({...values, delay: Number(values.delay), onRequest});
  announce({url: service.url, name: 'medplum'}, service.stop);
}
