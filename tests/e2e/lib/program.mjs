// The program under test: its configuration file, its commands, its answers.
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {run, start, until} from './process.mjs';

/** Quick retries and polls, so that a run does not wait for long. */
const DEFAULTS = {
  'DicomCastWorker:PollInterval': '00:00:00.200',
  'RetryConfiguration:FirstDelay': '00:00:00.050',
  'RetryConfiguration:MaxDelay': '00:00:00.500',
  'RetryConfiguration:TotalRetryDuration': '00:00:30',
};

/** A configuration file's object from keys with colons. */
export function nested(keys) {
  const root = {};
  for (const [key, value] of Object.entries(keys)) {
    const parts = key.split(':');
    const last = parts.pop();
    let place = root;
    for (const part of parts) place = place[part] ??= {};
    place[last] = value;
  }
  return root;
}

export class Program {
  /**
   * @param {string} binary path of dicomcast
   * @param {string} folder for its configuration and state
   * @param {{dicom: string, fhir: string, settings?: object, env?: object, config?: object}} how URLs of the services,
   *   further keys (`A:B`), environment; `config` is a whole configuration instead
   */
  constructor(binary, folder, {dicom, fhir, settings = {}, env = {}, config}) {
    mkdirSync(folder, {recursive: true});
    const keys = {
      'DicomWeb:Endpoint': dicom,
      'Fhir:Endpoint': fhir,
      'StateStore:Path': path.join(folder, 'state.db'),
      ...DEFAULTS,
      ...settings,
    };
    this.binary = binary;
    this.env = env;
    this.file = path.join(folder, 'dicomcast.json');
    this.outputs = [];
    writeFileSync(this.file, JSON.stringify(config ?? nested(keys), null, 2));
  }

  async #run(args, timeout) {
    const result = await run(this.binary, [...args, '--config', this.file], {env: this.env, timeout});
    this.outputs.push(`$ dicomcast ${args.join(' ')} -> ${result.code ?? result.signal}\n${result.stdout}${result.stderr}`);
    return result;
  }

  /** Any command; with `code`, `stdout`, `stderr`. */
  command(...args) {
    return this.#run(args, 60_000);
  }

  /** `backfill --json`: exit code and the object it prints. */
  async backfill(...args) {
    const {code, signal, stdout, stderr} = await this.#run(['backfill', '--json', ...args], 180_000);
    return {code, signal, stderr, ...lastJson(stdout)};
  }

  async status() {
    return lastJson((await this.command('status', '--json')).stdout);
  }

  /** The rows of the exception tables. */
  async errors(...args) {
    const {stdout} = await this.command('errors', '--json', ...args);
    return stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  /** Starts the daemon, or another command that goes on by itself. */
  begin(...args) {
    return start(this.binary, [...args, '--config', this.file], {env: this.env});
  }

  /** Waits until the checkpoint is at a sequence. */
  async reaches(sequence, timeout = 60_000) {
    const there = async () => (await this.status()).synced_sequence >= sequence;
    await until(there, {timeout, every: 100, what: `checkpoint ${sequence}`});
  }

  /** What all commands so far have printed. */
  get output() {
    return this.outputs.join('\n');
  }
}

function lastJson(text) {
  const line = text.trim().split('\n').filter((each) => each.startsWith('{')).at(-1);
  try {
    return line ? JSON.parse(line) : {};
  } catch {
    return {};
  }
}
