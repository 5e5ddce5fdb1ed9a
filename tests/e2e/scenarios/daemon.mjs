// A daemon that goes on while changes arrive, and runs that are killed in the middle.
import {fill, dataset} from '../lib/studies.mjs';

export const scenarios = [];

for (const [versions, api] of [['uuid', 'v1'], ['integer', 'v2']]) {
  scenarios.push({
    name: `daemon, changes arriving, ${versions} versions, feed ${api}`,
    async run(t) {
      const feed = fill(await t.feed(), {studies: 4, changes: false});
      const fhir = await t.medplum({versions});
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings: {'DicomWeb:ApiVersion': api}});
      const daemon = await program.begin('daemon');
      const done = async () => {
        await program.reaches(feed.latest);
        feed.settle();
      };
      await done();
      feed.create(dataset({study: 9, patient: 9}));
      feed.update(dataset({study: 1, patient: 1, name: 'Novak^Petr'}));
      await done();
      feed.remove(dataset({study: 9, patient: 9}));
      feed.remove(dataset({study: 2}));
      feed.create(dataset({study: 2, patient: 1, description: 'back again'}));
      feed.create(dataset({study: 3, patient: 2, series: 5}));
      await done();
      const asked = Date.now();
      const {code} = await daemon.stop('SIGTERM', 15_000);
      program.outputs.push(daemon.output());
      t.check(code === 0, `daemon: exit ${code}`);
      t.check(Date.now() - asked < 10_000, `daemon ended ${Date.now() - asked} ms after SIGTERM`);
      t.compare(feed, fhir);
    },
  });
}

for (const [mode, versions] of [['PerEntry', 'integer'], ['Grouped', 'uuid']]) {
  scenarios.push({
    name: `killed in the middle, ${mode}, ${versions} versions`,
    async run(t) {
      // kill -9 when a transaction has been applied and its answer not sent yet, or when it has just come in
      const at = mode === 'PerEntry' ? 10 : 2;
      let victim;
      let before;
      let transactions = 0;
      const kill = () => victim && transactions === at && process.kill(victim.pid, 'SIGKILL');
      const onWrite = () => {
        transactions += 1;
        if (before) kill();
      };
      const afterWrite = () => {
        if (!before) kill();
      };
      const feed = fill(await t.feed());
      const fhir = await t.medplum({versions, onWrite, afterWrite});
      const settings = {'Engine:CommitMode': mode, 'Engine:GroupMaxEntries': 15};
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings});
      for (let round = 0; round < 6; round += 1) {
        transactions = 0;
        before = round % 2 === 1;
        victim = await program.begin('backfill');
        const {signal} = await victim.exited;
        t.count(fhir.peer, {faults: signal === 'SIGKILL' ? 1 : 0});
        t.check(signal === 'SIGKILL' || round > 0, 'the first run was not killed');
      }
      victim = undefined;
      await t.backfill(program);
      t.compare(feed, fhir);
    },
  });
}
