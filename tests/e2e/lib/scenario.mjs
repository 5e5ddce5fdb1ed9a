// One scenario of a run: its services, what it found, and what it counted for the table of peers.
import {appendFileSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {medplum} from '../medplum.mjs';
import {Feed} from './feed.mjs';
import {actual, differences, expected} from './model.mjs';
import {Program} from './program.mjs';

/** Exception tables whose rows mean that an entry is not stored. */
export const FAILURES = ['DicomFailToStoreExceptionTable', 'FhirFailToStoreExceptionTable', 'TransientFailureExceptionTable'];

export class Scenario {
  found = []; // differences, in words
  counts = new Map(); // by peer: {entries, requests, faults}
  #ends = [];
  #programs = [];

  constructor(name, {binary, sim, out}) {
    this.name = name;
    this.binary = binary;
    this.sim = sim;
    this.folder = path.join(out, name.replace(/[^a-z0-9]+/gi, '-'));
    rmSync(this.folder, {recursive: true, force: true});
    mkdirSync(this.folder, {recursive: true});
    this.bodies = path.join(this.folder, 'bodies.jsonl');
    writeFileSync(this.bodies, '');
  }

  /** A condition that has to hold; what is wrong else. */
  check(condition, wrong) {
    if (!condition) this.found.push(wrong);
    return Boolean(condition);
  }

  equal(actualValue, expectedValue, what) {
    for (const each of differences(expectedValue, actualValue)) this.found.push(`${what}${each}`);
  }

  /** Adds to what a peer was put through. */
  count(peer, {entries = 0, requests = 0, faults = 0}) {
    const sum = this.counts.get(peer) ?? {entries: 0, requests: 0, faults: 0};
    this.counts.set(peer, {
      entries: sum.entries + entries,
      requests: sum.requests + requests,
      faults: sum.faults + faults,
    });
  }

  /** Something that is ended with the scenario. */
  keep(service) {
    this.#ends.push(() => service.stop());
    return service;
  }

  async feed(options) {
    return this.keep(await new Feed(options).listen());
  }

  /** Medplum; every request is kept in `requests`, and FHIR bodies are written down for the validators (`validated`). */
  async medplum({versions = 'uuid', validated = true, onRequest, ...options} = {}) {
    const requests = [];
    const peer = `Medplum FHIR router, ${versions === 'uuid' ? 'UUID' : 'integer'} versions`;
    const keepRequest = (line) => {
      requests.push(line);
      this.count(peer, {requests: 1});
      if (validated && line.body?.startsWith('{')) appendFileSync(this.bodies, `${JSON.stringify(line)}\n`);
      onRequest?.(line);
    };
    const service = await medplum({base: '/fhir/R4', versions, onRequest: keepRequest, ...options});
    return this.keep({...service, peer, requests, transactions: () => requests.filter(isTransaction)});
  }

  program(how, folder = 'program') {
    const program = new Program(this.binary, path.join(this.folder, `${folder}${this.#programs.length || ''}`), how);
    this.#programs.push(program);
    return program;
  }

  /** What Medplum holds is what the feed leads to, and its transactions came one after another. */
  compare(feed, fhir) {
    const {faults, ...state} = actual(fhir.repository);
    this.equal(state, expected(feed), 'state');
    this.found.push(...faults);
    this.count(fhir.peer, {entries: feed.entries.length});
    const lines = fhir.transactions().sort((a, b) => a.at - b.at);
    const overlapping = lines.filter((line, i) => i > 0 && line.at < lines[i - 1].at + lines[i - 1].ms);
    this.check(overlapping.length === 0, `${overlapping.length} transactions began before the last one was answered`);
  }

  /** A backfill that stores everything. */
  async backfill(program, ...args) {
    const result = await program.backfill(...args);
    this.check(result.code === 0, `backfill ${args.join(' ')}: exit ${result.code ?? result.signal}`);
    this.check(result.failed === 0, `backfill ${args.join(' ')}: ${result.failed} failed`);
    return result;
  }

  /** Ends the services; keeps the programs' output where something was found. */
  async end() {
    for (const end of this.#ends.reverse()) await end();
    if (this.found.length > 0) {
      const output = this.#programs.map((program) => program.output).join('\n');
      writeFileSync(path.join(this.folder, 'output.txt'), `${this.found.join('\n')}\n\n${output}`);
    }
  }
}

export function isTransaction({method, url}) {
  return method === 'POST' && /\/fhir\/R4\/?$/.test(url);
}
