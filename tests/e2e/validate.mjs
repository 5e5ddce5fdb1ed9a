// Runs the offline validators over FHIR bodies: `node validate.mjs [--exceptions FILE] [--self-test] FILE...`.
// A file is JSON (a resource, a Bundle, or an array of them) or, when it ends in .jsonl, one of those a line; a line
// of a recorded request ({"method", "url", "body"}) stands for its body if that is FHIR; a folder stands for the .jsonl
// files in it. Exit 1 when a fault is found that is none of the exceptions, or when a folder holds no body; 2 when a
// file cannot be read.
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {createHash} from 'node:crypto';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {validate} from './lib/validators.mjs';
import {isProgram} from './lib/starter.mjs';
import {selfTest} from './lib/planted.mjs';

const EXCEPTIONS = new URL('exceptions.json', import.meta.url);

/** JSON in which no object names a key twice. */
function parse(text) {
  let keys = 0;
  const count = (value) => {
    if (value === null || typeof value !== 'object') return;
    if (!Array.isArray(value)) keys += Object.keys(value).length;
    for (const inner of Object.values(value)) count(inner);
  };
  const value = JSON.parse(text);
  count(value);
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon) written += 1;
  if (written !== keys) throw new Error('an object names a key twice');
  return value;
}

/** Every resource of a file with where it stands. */
export function* resourcesOf(file) {
  const text = readFileSync(file, 'utf8');
  const lines = file.endsWith('.jsonl') ? text.split('\n') : [text];
  for (const [index, line] of lines.entries()) {
    if (!line.trim()) continue;
    const where = lines.length > 1 ? `${file}:${index + 1}` : file;
    let value;
    try {
      value = parse(line);
      if (value.method) value = value.body?.startsWith?.('{') ? parse(value.body) : (value.body ?? []);
    } catch (error) {
      throw new Error(`${where}: ${error.message}`);
    }
    for (const resource of [value].flat()) if (resource?.resourceType) yield {where, resource};
  }
}

/** The deliberate exceptions: each a validator, a resource type, patterns of location and message, and a reason. */
export function readExceptions(file = EXCEPTIONS) {
  return JSON.parse(readFileSync(file, 'utf8')).map((exception) => {
    if (!exception.reason) throw new Error(`an exception without a reason: ${JSON.stringify(exception)}`);
    return {...exception, used: 0};
  });
}

function excepted(fault, exceptions) {
  const hit = exceptions.find(
    ({validator, type, location, message}) =>
      validator === fault.validator &&
      type === fault.type &&
      new RegExp(`^(?:${location})$`).test(fault.location) &&
      new RegExp(message).test(fault.message),
  );
  if (hit) hit.used += 1;
  return hit !== undefined;
}

/**
 * Validates all resources of the files, equal ones once.
 * @returns {{bodies: number, resources: number, faults: Map<string, {count: number, first: string}>}}
 */
export function validateFiles(files, exceptions = readExceptions()) {
  const result = {bodies: 0, distinct: 0, faults: new Map()};
  const seen = new Set();
  for (const file of files) {
    for (const {where, resource} of resourcesOf(file)) {
      result.bodies += 1;
      const digest = createHash('sha1').update(JSON.stringify(resource)).digest('base64');
      if (seen.has(digest)) continue;
      seen.add(digest);
      result.distinct += 1;
      for (const fault of validate(resource)) {
        if (excepted(fault, exceptions)) continue;
        const key = `${fault.validator}: ${fault.type} at ${fault.location || 'the root'}: ${fault.message}`;
        const entry = result.faults.get(key) ?? {count: 0, first: where};
        entry.count += 1;
        result.faults.set(key, entry);
      }
    }
  }
  return result;
}

/** The files, with those of a folder in its place. */
function filesOf(named) {
  return named.flatMap((each) => {
    if (!statSync(each).isDirectory()) return [each];
    const names = readdirSync(each).filter((name) => name.endsWith('.jsonl'));
    return names.sort().map((name) => path.join(each, name));
  });
}

function main() {
  const {values, positionals} = parseArgs({
    options: {exceptions: {type: 'string'}, 'self-test': {type: 'boolean'}},
    allowPositionals: true,
  });
  if (values['self-test'] && !selfTest()) return 1;
  if (positionals.length === 0) {
    if (values['self-test']) return 0;
    console.error('usage: validate.mjs [--exceptions FILE] [--self-test] FILE...');
    return 2;
  }
  const begin = Date.now();
  const exceptions = readExceptions(values.exceptions);
  const {bodies, distinct, faults} = validateFiles(filesOf(positionals), exceptions);
  for (const [fault, {count, first}] of faults) console.log(`FAULT ${count}x ${fault} (first: ${first})`);
  for (const {validator, type, location, reason, used} of exceptions) {
    if (used > 0) console.log(`excepted ${used}x ${validator}: ${type} at ${location}: ${reason}`);
  }
  const seconds = ((Date.now() - begin) / 1000).toFixed(1);
  console.log(`validated ${bodies} bodies (${distinct} distinct) with 3 validators in ${seconds} s: ${faults.size} faults`);
  const isFolder = positionals.some((each) => statSync(each).isDirectory());
  if (isFolder && bodies === 0) console.log('FAULT no bodies came');
  return faults.size > 0 || (isFolder && bodies === 0) ? 1 : 0;
}

if (isProgram(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
