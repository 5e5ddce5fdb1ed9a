// A whole feed into Medplum, in both modes, over both versions of the feed, with both kinds of versions.
import {fill, dataset} from '../lib/studies.mjs';
import {actual, all, differences} from '../lib/model.mjs';

const settings = (mode, more) => ({'Engine:CommitMode': mode, ...more});

export const scenarios = [];

for (const [mode, versions, api] of [
  ['PerEntry', 'uuid', 'v1'],
  ['PerEntry', 'integer', 'v2'],
  ['Grouped', 'uuid', 'v2'],
  ['Grouped', 'integer', 'v1'],
]) {
  scenarios.push({
    name: `backfill ${mode} ${versions} versions, feed ${api}`,
    async run(t) {
      const feed = fill(await t.feed({camel: mode === 'Grouped'}));
      const fhir = await t.medplum({versions});
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings: settings(mode, {'DicomWeb:ApiVersion': api})});
      const check = await program.command('check');
      t.check(check.code === 0, `check: exit ${check.code}`);
      const result = await t.backfill(program);
      const {entries, committed, unchanged, skipped, failed} = result;
      t.check(entries === feed.entries.length, `${entries} entries, not ${feed.entries.length}`);
      t.check(committed + unchanged + skipped + failed === entries, `the sum of ${JSON.stringify(result)}`);
      t.check(result.transactions === fhir.transactions().length, `${result.transactions} transactions`);
      const status = await program.status();
      t.check(status.synced_sequence === feed.latest && status.lag === 0, `status ${JSON.stringify(status)}`);
      t.compare(feed, fhir);
      await t.backfill(program, '--from', '1');
      t.compare(feed, fhir);
    },
  });
}

for (const mode of ['PerEntry', 'Grouped']) {
  scenarios.push({
    name: `again changes nothing ${mode}`,
    async run(t) {
      const feed = fill(await t.feed(), {changes: false, studies: 6});
      const fhir = await t.medplum({versions: 'integer'});
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings: settings(mode)});
      await t.backfill(program);
      t.compare(feed, fhir);
      const before = fhir.transactions().length;
      const second = await t.backfill(program, '--from', '1');
      t.check(second.unchanged === feed.entries.length, `${second.unchanged} unchanged, not ${feed.entries.length}`);
      t.check(fhir.transactions().length === before, `${fhir.transactions().length - before} transactions for nothing`);
    },
  });
}

scenarios.push({
  name: 'study of 2000 instances',
  async run(t) {
    const feed = fill(await t.feed({gaps: false}), {studies: 1, series: 4, instances: 500, changes: false});
    const fhir = await t.medplum({versions: 'integer'});
    const program = t.program({dicom: feed.url, fhir: fhir.url});
    await t.backfill(program);
    t.compare(feed, fhir);
    for (let n = 501; n <= 505; n += 1) feed.create(dataset({instance: n}));
    await t.backfill(program, '--commit-mode', 'per-entry');
    feed.remove(dataset({instance: 7}));
    await t.backfill(program);
    t.compare(feed, fhir);
  },
});

scenarios.push({
  name: 'study of 2000 instances, changes as JSON Patch',
  async run(t) {
    const feed = fill(await t.feed({gaps: false}), {studies: 1, series: 4, instances: 500, changes: false});
    const fhir = await t.medplum({versions: 'integer'});
    const program = t.program({dicom: feed.url, fhir: fhir.url, settings: {'Engine:UpdateMethod': 'Patch'}});
    await t.backfill(program);
    const before = fhir.requests.length;
    for (let n = 501; n <= 520; n += 1) feed.create(dataset({instance: n}));
    await t.backfill(program, '--commit-mode', 'per-entry');
    const sizes = fhir.requests.slice(before).map(({body}) => body?.length ?? 0);
    t.check(Math.max(...sizes) < 2_000, `a new instance sent ${Math.max(...sizes)} bytes`);
    feed.remove(dataset({instance: 7}));
    await t.backfill(program);
    t.compare(feed, fhir);
  },
});

scenarios.push({
  name: 'what others wrote survives',
  async run(t) {
    let writes = 0;
    // Before every third transaction somebody else writes to a Patient and to a study: versions go stale (412).
    const onWrite = async (repository) => {
      writes += 1;
      if (writes % 3 !== 0) return;
      const patient = all(repository, 'Patient').at(-1);
      const study = all(repository, 'ImagingStudy').at(-1);
      if (patient) await repository.updateResource({...patient, telecom: [{system: 'phone', value: String(writes)}]});
      if (study) await repository.updateResource({...study, procedureCode: [{text: `code ${writes}`}]});
    };
    const feed = fill(await t.feed());
    const fhir = await t.medplum({onWrite});
    const program = t.program({dicom: feed.url, fhir: fhir.url, settings: settings('PerEntry')});
    const result = await t.backfill(program);
    t.compare(feed, fhir);
    t.check(result.retries > 0, 'no conflict was met');
    t.count(fhir.peer, {faults: Math.floor(writes / 3)});
    const patients = all(fhir.repository, 'Patient').filter(({telecom}) => telecom);
    const studies = all(fhir.repository, 'ImagingStudy').filter(({procedureCode}) => procedureCode);
    t.check(patients.length > 0 && studies.length > 0, `${patients.length} telecoms and ${studies.length} codes survived`);
  },
});

scenarios.push({
  name: 'what others delete is made again',
  async run(t) {
    let gone = 0;
    // A study is deleted behind the program's back before it is written again: the whole Bundle is answered 404.
    const onWrite = async (repository, body) => {
      const put = body?.entry?.find(({request}) => request.method === 'PUT' && request.url.startsWith('ImagingStudy/'));
      if (!put || gone >= 2) return;
      gone += 1;
      await repository.deleteResource('ImagingStudy', put.request.url.split('/')[1]);
    };
    const feed = fill(await t.feed(), {studies: 2, changes: false});
    const fhir = await t.medplum({onWrite});
    const program = t.program({dicom: feed.url, fhir: fhir.url, settings: settings('PerEntry')});
    const result = await t.backfill(program);
    t.check(result.retries >= gone && gone === 2, `${result.retries} retries for ${gone} deleted studies`);
    t.count(fhir.peer, {entries: feed.entries.length, faults: gone});
    t.check((await program.errors()).every(({table}) => table === 'TransientRetryExceptionTable'), 'an entry failed');
    await t.backfill(program, '--from', '1');
    const {faults, ...state} = actual(fhir.repository);
    t.found.push(...faults);
    t.check(Object.keys(state.studies).length === 2, `${Object.keys(state.studies).length} studies after all`);
  },
});

scenarios.push({
  name: 'both modes end in the same state',
  async run(t) {
    const feed = fill(await t.feed(), {studies: 16, series: 1, instances: 3});
    const states = [];
    for (const [mode, more] of [
      ['PerEntry', {'Engine:LookAhead': 1, 'Engine:FetchConcurrency': 1, 'Engine:FeedPageSize': 1}],
      ['Grouped', {'Engine:GroupMaxEntries': 7}],
      ['Grouped', {}],
    ]) {
      const fhir = await t.medplum();
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings: settings(mode, more)});
      await t.backfill(program);
      t.count(fhir.peer, {entries: feed.entries.length});
      states.push(actual(fhir.repository));
    }
    for (const state of states.slice(1)) t.found.push(...differences(states[0], state, 'state'));
  },
});
