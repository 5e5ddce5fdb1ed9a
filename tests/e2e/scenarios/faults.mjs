// Medplum behind a network that fails in every way that WireMock knows: nothing is lost, nothing comes twice.
import {fill} from '../lib/studies.mjs';
import {FAILURES} from '../lib/scenario.mjs';
import {wiremock} from '../wiremock.mjs';

const PEER = 'WireMock';
const writes = ['unavailable', 'reset', 'empty', 'malformed', 'garbage', {delay: 1500}, 'gateway', 'busy', 'html', 'cut',
  'timeout', 'dribble'];
const reads = ['reset', 'empty', 'malformed', 'gateway', 'html', 'cut', 'timeout', 'dribble'];

export const scenarios = [];

for (const [mode, versions, studies] of [['PerEntry', 'uuid', 6], ['Grouped', 'integer', 24]]) {
  scenarios.push({
    name: `faulty network, ${mode}, ${versions} versions`,
    async run(t) {
      const feed = fill(await t.feed(), {studies});
      const fhir = await t.medplum({versions});
      const proxy = t.keep(await wiremock(fhir.url));
      await proxy.plan('POST', writes, {every: 2});
      await proxy.plan('GET', reads, {every: 4});
      const program = t.program({
        dicom: feed.url,
        fhir: proxy.url,
        settings: {'Fhir:Timeout': '00:00:01', 'Engine:CommitMode': mode, 'Engine:GroupMaxEntries': 10},
      });
      const result = await t.backfill(program);
      const injected = await proxy.injected();
      const faults = Object.values(injected).reduce((sum, count) => sum + count, 0);
      t.count(PEER, {entries: feed.entries.length, requests: await proxy.requests(), faults});
      for (const fault of [...writes.filter((each) => typeof each === 'string'), 'late']) {
        t.check(injected[fault] > 0, `the fault ${fault} was not injected`);
      }
      t.compare(feed, fhir);
      const rows = await program.errors();
      const tables = Object.groupBy ? Object.groupBy(rows, ({table}) => table) : group(rows);
      for (const table of FAILURES) t.check(!tables[table], `${table} holds ${JSON.stringify(tables[table]?.[0])}`);
      const retries = tables.TransientRetryExceptionTable?.length ?? 0;
      t.check(retries >= writes.length, `${retries} rows of retries for ${faults} faults`);
      t.check(result.retries === retries, `${result.retries} retries, but ${retries} rows`);
    },
  });
}

function group(rows) {
  const groups = {};
  for (const row of rows) (groups[row.table] ??= []).push(row);
  return groups;
}

scenarios.push({
  name: 'service down for longer than the retries last',
  async run(t) {
    const feed = fill(await t.feed(), {studies: 2, changes: false});
    const fhir = await t.medplum();
    const proxy = t.keep(await wiremock(fhir.url));
    await proxy.plan('POST', ['unavailable'], {every: 1});
    const settings = {'RetryConfiguration:TotalRetryDuration': '00:00:02', 'RetryConfiguration:OnExhausted': 'Pause'};
    const program = t.program({dicom: feed.url, fhir: proxy.url, settings});
    const result = await program.backfill();
    t.check(result.code === 4, `backfill: exit ${result.code}`);
    const {synced_sequence: synced} = await program.status();
    t.check(!(synced > 0), `the checkpoint is at ${synced} although nothing was stored`);
    await proxy.calm();
    t.count(PEER, {entries: feed.entries.length, requests: await proxy.requests(), faults: 1});
    await t.backfill(program);
    t.compare(feed, fhir);
  },
});
