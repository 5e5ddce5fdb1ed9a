// Datasets in the DICOM JSON model for generated studies and dose reports.

export const ROOT = '1.2.826.0.1.3680043.10.1';
const values = (vr, ...value) => ({vr, Value: value.filter((each) => each !== undefined && each !== '')});

/**
 * An instance's dataset. Numbers say which patient, study, series and instance; `more` overrides attributes, an
 * attribute that is undefined is left out.
 */
export function dataset({patient = 1, study = 1, series = 1, instance = 1, id, name, sex, accession, description, more} = {}) {
  const all = {
    '00080005': values('CS', 'ISO_IR 192'),
    '00080016': values('UI', '1.2.840.10008.5.1.4.1.1.2'),
    '00080018': values('UI', `${ROOT}.${study}.${series}.${instance}`),
    '00080020': values('DA', '20240229'),
    '00080030': values('TM', '101112.500'),
    '00080021': values('DA', '20240229'),
    '00080031': values('TM', `1012${String(series % 60).padStart(2, '0')}`),
    '00080050': values('SH', accession ?? `A${study}`),
    '00080060': values('CS', series % 2 === 1 ? 'CT' : 'PT'),
    '00080201': values('SH', '+0100'),
    '00081030': values('LO', description ?? `Thorax ${study}`),
    '0008103E': values('LO', `series ${series}`),
    '00100010': values('PN', {Alphabetic: name ?? `Müller${patient}^Anna^B^Dr^MD`}),
    '00100020': values('LO', id ?? `P-${patient}`),
    '00100030': values('DA', '19700228'),
    '00100040': values('CS', sex ?? (patient % 2 === 0 ? 'M' : 'F')),
    '0020000D': values('UI', `${ROOT}.${study}`),
    '0020000E': values('UI', `${ROOT}.${study}.${series}`),
    '00200011': values('IS', series),
    '00200013': values('IS', instance),
    ...more,
  };
  return Object.fromEntries(Object.entries(all).filter(([, element]) => element !== undefined));
}

/** Fills a feed with studies, then changes and removes some of it. The seed-free pattern touches every kind of entry. */
export function fill(feed, {studies = 12, series = 2, instances = 4, changes = true} = {}) {
  const numbers = (count) => Array.from({length: count}, (_, i) => i + 1);
  const patientOf = (study) => Math.ceil(study / 2);
  for (const study of numbers(studies)) {
    for (const s of numbers(series)) {
      for (const instance of numbers(instances)) {
        feed.create(dataset({patient: patientOf(study), study, series: s, instance}));
      }
    }
  }
  if (!changes) return feed;
  for (const study of numbers(studies)) {
    const patient = patientOf(study);
    const one = {patient, study, series: 1, instance: 1};
    if (study % 4 === 1) feed.update(dataset({...one, name: `Renamed${study}^Eva`, sex: 'O'}));
    if (study % 4 === 2) feed.update(dataset({...one, patient: 900 + study})); // the study moves to another patient
    if (study % 4 === 3) feed.remove(dataset(one));
    if (study % 4 === 0) {
      for (const instance of numbers(instances)) feed.remove(dataset({...one, instance})); // a series left empty
      if (study % 8 === 0) {
        for (const instance of numbers(instances)) feed.remove(dataset({...one, series: 2, instance}));
      }
    }
    if (study % 6 === 5) feed.create(dataset({...one, instance: 2, description: `again ${study}`})); // stored again
  }
  return feed;
}

const concept = (code, scheme, meaning) => ({
  '00080100': values('SH', code),
  '00080102': values('SH', scheme),
  '00080104': values('LO', meaning),
});
const item = (relation, type, name, rest) => ({
  '0040A010': values('CS', relation),
  '0040A040': values('CS', type),
  '0040A043': values('SQ', name),
  ...rest,
});
const measure = (name, number, unit) =>
  item('CONTAINS', 'NUM', name, {
    '0040A300': values('SQ', {'0040A30A': values('DS', number), '004008EA': values('SQ', concept(unit, 'UCUM', unit))}),
  });

/** A CT radiation dose report (TID 10011) with as many irradiation events as wanted; numbers keep their digits. */
export function doseReport({events = 12, first = 1, ctdi = (n) => `${n}.10`, ...where} = {}) {
  const uid = (n) => `${ROOT}.77.${where.study ?? 1}.${n}`;
  const content = [
    item('CONTAINS', 'CONTAINER', concept('113811', 'DCM', 'CT Accumulated Dose Data'), {
      '0040A730': values(
        'SQ',
        measure(concept('113812', 'DCM', 'Total Number of Irradiation Events'), String(events), '{events}'),
        measure(concept('113813', 'DCM', 'CT Dose Length Product Total'), '1234.50', 'mGy.cm'),
      ),
    }),
  ];
  for (let n = first; n < first + events; n += 1) {
    content.push(
      item('CONTAINS', 'CONTAINER', concept('113819', 'DCM', 'CT Acquisition'), {
        '0040A730': values(
          'SQ',
          item('CONTAINS', 'CODE', concept('123014', 'DCM', 'Target Region'), {
            '0040A168': values('SQ', concept('51185008', 'SCT', 'Chest')),
          }),
          item('CONTAINS', 'UIDREF', concept('113769', 'DCM', 'Irradiation Event UID'), {
            '0040A124': values('UI', uid(n)),
          }),
          measure(concept('113830', 'DCM', 'Mean CTDIvol'), ctdi(n), 'mGy'),
          measure(concept('113838', 'DCM', 'DLP'), `${n}00.250`, 'mGy.cm'),
        ),
      }),
    );
  }
  const base = dataset({series: 8, ...where});
  return {
    ...base,
    '00080016': values('UI', '1.2.840.10008.5.1.4.1.1.88.67'),
    '00080023': values('DA', '20240229'),
    '00080033': values('TM', '103000'),
    '00080060': values('CS', 'SR'),
    '0040A040': values('CS', 'CONTAINER'),
    '0040A043': values('SQ', concept('113701', 'DCM', 'X-Ray Radiation Dose Report')),
    '0040A730': values('SQ', ...content),
  };
}
