// Radiation dose reports with more events than Medplum takes beside a conditional create.
import {all} from '../lib/model.mjs';
import {dataset, doseReport} from '../lib/studies.mjs';

export const scenarios = [];
const settings = {'DicomCast:Features:GenerateObservations': true};

function observations(repository) {
  const list = all(repository, 'Observation');
  const coded = (code) => list.filter((each) => each.code.coding.some((coding) => coding.code === code));
  return {summaries: coded('73569-6'), events: coded('113852')};
}

for (const [mode, versions] of [['PerEntry', 'uuid'], ['Grouped', 'integer']]) {
  scenarios.push({
    name: `dose report of 12 events, ${mode}, ${versions} versions`,
    async run(t) {
      const feed = await t.feed({gaps: false});
      feed.create(dataset({}));
      feed.create(doseReport({events: 12}));
      feed.create(dataset({instance: 2}));
      feed.create(doseReport({study: 2, events: 3}));
      const fhir = await t.medplum({versions});
      const program = t.program({dicom: feed.url, fhir: fhir.url, settings: {...settings, 'Engine:CommitMode': mode}});
      await t.backfill(program);
      let {summaries, events} = observations(fhir.repository);
      t.check(summaries.length === 2 && events.length === 15, `${summaries.length} summaries, ${events.length} events`);
      const [study] = all(fhir.repository, 'ImagingStudy').filter(({numberOfInstances}) => numberOfInstances === 3);
      const attached = events.filter(({partOf}) => partOf?.[0].reference === `ImagingStudy/${study?.id}`);
      t.check(attached.length === 12, `${attached.length} events are part of the study`);
      const sent = fhir.requests.map(({body}) => body ?? '').join('\n');
      for (const digits of ['1.10', '12.10', '1234.50', '1200.250']) {
        t.check(new RegExp(`"value":\\s*${digits.replace('.', '\\.')}[,}\\s]`).test(sent), `${digits} was not sent so`);
      }
      await t.backfill(program, '--from', '1');
      ({summaries, events} = observations(fhir.repository));
      t.check(summaries.length === 2 && events.length === 15, `after again ${summaries.length} and ${events.length}`);

      feed.update(doseReport({events: 10, first: 2, ctdi: (n) => `${n}.70`}));
      await t.backfill(program);
      ({events} = observations(fhir.repository));
      t.check(events.length === 13, `after an update ${events.length} events, not 13`);
      const doses = events.flatMap(({component}) => component).map(({valueQuantity}) => valueQuantity?.value);
      t.check(doses.includes(11.7) && !doses.includes(12.1), 'the update did not reach the events');

      feed.remove(doseReport({}));
      await t.backfill(program);
      ({summaries, events} = observations(fhir.repository));
      t.check(summaries.length === 1 && events.length === 3, `after a delete ${summaries.length} and ${events.length}`);
      feed.remove(doseReport({study: 2}));
      await t.backfill(program);
      t.check(all(fhir.repository, 'Observation').length === 0, 'Observations of a study that is gone');
      t.check(all(fhir.repository, 'ImagingStudy').length === 1, 'the empty study stayed');
      t.count(fhir.peer, {entries: feed.entries.length});
    },
  });
}
