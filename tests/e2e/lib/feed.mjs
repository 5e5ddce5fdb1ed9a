// A DICOM change feed that a test writes to while the program reads it: v1 and v2, in this process.
import http from 'node:http';
import {close, listen} from './starter.mjs';

const BEGIN = Date.parse('2024-03-01T08:00:00Z');

export class Feed {
  entries = [];
  requests = 0;
  #read = new Map(); // entries as a program has read them by now, see settle
  #newest = new Map(); // by SOPInstanceUID: {dataset, sequence} of the instance as it is now; gone: no dataset
  #server;

  /** @param {{base?: string, gaps?: boolean, camel?: boolean}} options `gaps`: some sequence numbers are missing */
  constructor({base = '/dicom', gaps = true, camel = false} = {}) {
    Object.assign(this, {base, gaps, camel});
  }

  async listen() {
    this.#server = http.createServer((request, response) => this.#answer(request, response));
    this.url = (await listen(this.#server)) + this.base;
    return this;
  }

  stop() {
    return close(this.#server);
  }

  get latest() {
    return this.entries.at(-1)?.Sequence ?? 0;
  }

  create(dataset) {
    return this.#add('Create', dataset, dataset);
  }

  update(dataset) {
    return this.#add('Update', dataset, dataset);
  }

  remove(dataset) {
    return this.#add('Delete', dataset, undefined);
  }

  #add(action, uids, dataset) {
    const uid = (tag) => uids[tag].Value[0];
    const sequence = this.latest + (this.gaps && this.entries.length % 7 === 6 ? 3 : 1);
    const entry = {
      Sequence: sequence,
      StudyInstanceUid: uid('0020000D'),
      SeriesInstanceUid: uid('0020000E'),
      SopInstanceUid: uid('00080018'),
      Action: action,
      Timestamp: new Date(BEGIN + sequence * 1000).toISOString(),
    };
    this.entries.push(entry);
    this.#newest.set(entry.SopInstanceUid, {dataset, sequence});
    return entry;
  }

  /** An entry as it reads now: state and metadata are the present ones. */
  now(entry, includeMetadata = true) {
    const {dataset, sequence} = this.#newest.get(entry.SopInstanceUid);
    const state = !dataset ? 'Deleted' : sequence === entry.Sequence ? 'Current' : 'Replaced';
    const full = {...entry, State: state};
    if (includeMetadata && dataset && entry.Action !== 'Delete') full.Metadata = dataset;
    return full;
  }

  /** Says that a program has read all entries as they are now: later changes do not alter what it has done. */
  settle() {
    for (const entry of this.entries) if (!this.#read.has(entry)) this.#read.set(entry, this.now(entry));
  }

  /** An entry as a program reads it: as it was at `settle`, else as it is now. */
  asRead(entry) {
    return this.#read.get(entry) ?? this.now(entry);
  }

  #answer(request, response) {
    this.requests += 1;
    const url = new URL(request.url, 'http://localhost');
    const version = /^\/(v[12])\/changefeed(\/latest)?$/.exec(url.pathname.slice(this.base.length));
    const send = (status, body) => {
      response.writeHead(status, {'Content-Type': 'application/json; charset=utf-8'});
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    if (request.method !== 'GET' || !url.pathname.startsWith(this.base) || !version) return send(404);
    const metadata = url.searchParams.get('includeMetadata') !== 'false';
    const read = (entry) => this.#inCase(this.now(entry, metadata));
    if (version[2]) return this.entries.length > 0 ? send(200, read(this.entries.at(-1))) : send(204);
    const number = (name, fallback) => Number(url.searchParams.get(name) ?? fallback);
    const [offset, limit] = [number('offset', 0), number('limit', version[1] === 'v1' ? 10 : 100)];
    if (!(offset >= 0 && limit >= 1 && limit <= (version[1] === 'v1' ? 100 : 200))) return send(400, 'limit or offset');
    let chosen;
    if (version[1] === 'v1') {
      chosen = this.entries.filter(({Sequence: n}) => n > offset && n <= offset + limit);
    } else {
      const [from, to] = ['startTime', 'endTime'].map((name) => Date.parse(url.searchParams.get(name) ?? ''));
      chosen = this.entries
        .filter(({Timestamp}) => !(Date.parse(Timestamp) < from) && !(Date.parse(Timestamp) >= to))
        .sort((a, b) => Date.parse(a.Timestamp) - Date.parse(b.Timestamp) || a.Sequence - b.Sequence)
        .slice(offset, offset + limit);
    }
    send(200, chosen.map(read));
  }

  #inCase(entry) {
    if (!this.camel) return entry;
    return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key[0].toLowerCase() + key.slice(1), value]));
  }
}
