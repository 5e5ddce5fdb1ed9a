// What a FHIR service should hold after a feed, by a plain reading of the rules, and what it does hold; both in the same
// form, so that they can be compared. Only what the generated studies of studies.mjs need; independent of the program.

const first = (dataset, tag) => dataset[tag]?.Value?.[0];
const sorted = (map) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The state that the feed leads to from an empty service. */
export function expected(feed) {
  const patients = new Map();
  const studies = new Map();
  for (const raw of feed.entries) {
    const entry = feed.asRead(raw);
    const study = studies.get(entry.StudyInstanceUid);
    if (entry.Action === 'Delete') {
      const series = study?.series.get(entry.SeriesInstanceUid);
      if (!series?.instances.delete(entry.SopInstanceUid)) continue;
      if (series.instances.size === 0) study.series.delete(entry.SeriesInstanceUid);
      if (study.series.size === 0) studies.delete(entry.StudyInstanceUid);
    } else if (entry.State !== 'Deleted') {
      upsert(patients, studies, entry, study);
    }
  }
  return form(patients, studies);
}

function upsert(patients, studies, entry, before) {
  const data = entry.Metadata;
  const id = first(data, '00100020');
  const [family, given, middle, prefix, suffix] = first(data, '00100010').Alphabetic.split('^');
  const names = (...texts) => texts.filter(Boolean).flatMap((text) => text.split(' '));
  patients.set(id, {
    birthDate: '1970-02-28',
    ...patients.get(id),
    name: {family, given: names(given, middle), prefix: names(prefix), suffix: names(suffix)},
    gender: {M: 'male', F: 'female', O: 'other'}[first(data, '00100040')],
  });
  const study = before ?? {
    patient: id,
    started: '2024-02-29T10:11:12.5+01:00',
    accessions: new Set(),
    notes: new Set(),
    modalities: new Set(),
    series: new Map(),
  };
  if (entry.Action === 'Update') study.patient = id;
  study.accessions.add(first(data, '00080050'));
  study.notes.add(first(data, '00081030'));
  study.description = first(data, '00081030');
  study.modalities.add(first(data, '00080060'));
  const uid = entry.SeriesInstanceUid;
  if (!study.series.has(uid)) study.series.set(uid, {instances: new Map()});
  const series = study.series.get(uid);
  series.number = Number(first(data, '00200011'));
  series.modality = first(data, '00080060');
  series.description = first(data, '0008103E');
  const sopClass = `urn:oid:${first(data, '00080016')}`;
  series.instances.set(entry.SopInstanceUid, `${first(data, '00200013')} ${sopClass}`);
  studies.set(entry.StudyInstanceUid, study);
}

function form(patients, studies) {
  const list = [...studies].map(([uid, {series, accessions, notes, modalities, ...rest}]) => [
    uid,
    {
      ...rest,
      accessions: [...accessions].sort(),
      notes: [...notes].sort(),
      modalities: [...modalities].sort(),
      counts: `${series.size} series, ${[...series.values()].reduce((n, {instances}) => n + instances.size, 0)} instances`,
      series: sorted(new Map([...series].map(([id, each]) => [id, {...each, instances: sorted(each.instances)}]))),
    },
  ]);
  return {patients: sorted(patients), studies: sorted(new Map(list))};
}

/** Every resource of a type in Medplum's memory repository. */
export function all(repository, type) {
  return [...(repository.resources.get(type)?.values() ?? [])];
}

/** The state that a Medplum repository holds, and what is doubled or dangling in it. */
export function actual(repository) {
  const faults = [];
  const patientIds = new Map();
  const patients = new Map();
  for (const patient of all(repository, 'Patient')) {
    const id = patient.identifier?.[0]?.value;
    if (patients.has(id)) faults.push(`two Patients ${id}`);
    patientIds.set(`Patient/${patient.id}`, id);
    const {family, given = [], prefix = [], suffix = []} = patient.name?.find(({use}) => use === 'usual') ?? {};
    patients.set(id, {birthDate: patient.birthDate, name: {family, given, prefix, suffix}, gender: patient.gender});
  }
  const endpoints = new Set(all(repository, 'Endpoint').map(({id}) => `Endpoint/${id}`));
  if (endpoints.size > 1) faults.push(`${endpoints.size} Endpoints`);
  const studies = new Map();
  for (const resource of all(repository, 'ImagingStudy')) {
    const own = resource.identifier.find(({system}) => system === 'urn:dicom:uid')?.value.replace('urn:oid:', '');
    if (studies.has(own)) faults.push(`two ImagingStudies ${own}`);
    if (!patientIds.has(resource.subject?.reference)) faults.push(`${own}: subject ${resource.subject?.reference}`);
    if (!endpoints.has(resource.endpoint?.[0]?.reference)) faults.push(`${own}: no endpoint`);
    const series = new Map();
    for (const each of resource.series ?? []) {
      if (series.has(each.uid)) faults.push(`${own}: series ${each.uid} twice`);
      const instances = new Map();
      for (const {uid, number, sopClass} of each.instance) {
        if (instances.has(uid)) faults.push(`${own}: instance ${uid} twice`);
        instances.set(uid, `${number} ${sopClass.code}`);
      }
      if (each.numberOfInstances !== instances.size) faults.push(`${own}: numberOfInstances ${each.numberOfInstances}`);
      series.set(each.uid, {
        number: each.number,
        modality: each.modality.code,
        description: each.description,
        instances,
      });
    }
    const accession = ({type}) => type?.coding?.some(({code}) => code === 'ACSN');
    studies.set(own, {
      patient: patientIds.get(resource.subject?.reference),
      started: resource.started,
      accessions: new Set(resource.identifier.filter(accession).map(({value}) => value)),
      notes: new Set(resource.note?.map(({text}) => text)),
      description: resource.description,
      modalities: new Set(resource.modality?.map(({code}) => code)),
      series,
    });
    const counted = `${resource.numberOfSeries} series, ${resource.numberOfInstances} instances`;
    const listed = [...series.values()].reduce((n, {instances}) => n + instances.size, 0);
    if (counted !== `${series.size} series, ${listed} instances`) faults.push(`${own}: counts ${counted}`);
  }
  return {...form(patients, studies), faults};
}

/** Where two values differ, a line each, some at most. */
export function differences(left, right, path = '', found = []) {
  if (found.length >= 20) return found;
  const isObject = (value) => value !== null && typeof value === 'object';
  if (isObject(left) && isObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      differences(left[key], right[key], `${path}/${key}`, found);
    }
  } else if (left !== right) {
    found.push(`${path}: expected ${JSON.stringify(left)?.slice(0, 200)}, got ${JSON.stringify(right)?.slice(0, 200)}`);
  }
  return found;
}
