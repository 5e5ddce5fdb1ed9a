// Tokens on both services: oidc-provider, and the endpoints of managed identities.
import {imds} from '../imds.mjs';
import {credentials, oidc} from '../oidc.mjs';
import {door} from '../lib/door.mjs';
import {fill} from '../lib/studies.mjs';

const OIDC = 'oidc-provider';
const IDENTITY = 'managed identity endpoints (stub)';

/** The keys of one kind of credential, the values of its section, for both services. */
function keys(type, values) {
  const section = type.endsWith('Credential') ? type : `${type}Credential`;
  const both = {};
  for (const service of ['DicomWeb', 'Fhir']) {
    const prefix = `${service}:Authentication`;
    both[`${prefix}:Enabled`] = true;
    both[`${prefix}:AuthenticationType`] = type;
    for (const [key, value] of Object.entries(values(service))) {
      if (value !== undefined) both[`${prefix}:${section}:${key}`] = value;
    }
  }
  return both;
}

/** No command has printed a secret. */
function keepsSecret(t, program, secrets) {
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      t.check(!program.output.includes(form), 'a secret stands in the output');
    }
  }
}

export const scenarios = [];

for (const [kind, format, clientAuth] of [
  ['OAuth2ClientCredential', 'jwt', 'post'],
  ['OAuth2ClientCredential', 'opaque', 'basic'],
  ['OAuth2UserPasswordCredential', 'opaque', 'any'],
]) {
  scenarios.push({
    name: `tokens, ${kind}, ${format}, secret by ${clientAuth}`,
    async run(t) {
      const tokens = t.keep(await oidc({format, clientAuth, ttl: 2}));
      const feed = fill(await t.feed(), {studies: 8});
      const fhir = await t.medplum({delay: 70});
      const doors = [t.keep(await door(feed.url, tokens)), t.keep(await door(fhir.url, tokens))];
      const withUser = kind === 'OAuth2UserPasswordCredential';
      const settings = keys(kind, (service) => ({
        TokenUri: tokens.token_uri,
        Resource: format === 'jwt' ? `https://${service.toLowerCase()}.example.org/` : undefined,
        Scope: format === 'jwt' ? undefined : 'api',
        ClientId: credentials.client_id,
        ClientSecret: credentials.client_secret,
        Username: withUser ? credentials.username : undefined,
        Password: withUser ? credentials.password : undefined,
      }));
      const how = {settings: {...settings, 'Engine:CommitMode': 'PerEntry', 'Log:Level': 'Debug'}, dicom: doors[0].url, fhir: doors[1].url};
      const program = t.program(how);
      await t.backfill(program);
      t.compare(feed, fhir);
      t.check(doors[1].tokens.size > 1, 'the token was never renewed');
      t.check(doors[1].counts.refused <= 2, `${doors[1].counts.refused} requests with a token that was no longer good`);
      const requests = tokens.counts.issued + tokens.counts.refused;
      t.check(requests < 30, `${requests} token requests for ${feed.entries.length} entries`);
      const wrong = {...how.settings, [`Fhir:Authentication:${kind}:ClientSecret`]: 'not-the-secret-0815'};
      const refused = t.program({...how, settings: wrong}, 'wrong');
      const {code, stderr} = await refused.backfill('--from', '1');
      t.check(code === 4, `with a wrong secret: exit ${code}`);
      t.check(stderr.includes('invalid_client'), `the token service's words are not told: ${stderr}`);
      keepsSecret(t, program, [credentials.client_secret, credentials.password, ...doors[1].tokens]);
      keepsSecret(t, refused, ['not-the-secret-0815', credentials.password]);
      t.count(OIDC, {entries: feed.entries.length, requests: tokens.counts.issued + tokens.counts.refused});
    },
  });
}

for (const kind of ['a virtual machine', 'an app service']) {
  scenarios.push({
    name: `managed identity of ${kind}`,
    async run(t) {
      const identity = t.keep(await imds());
      const feed = fill(await t.feed(), {studies: 2, changes: false});
      const fhir = await t.medplum();
      const doors = [t.keep(await door(feed.url, identity)), t.keep(await door(fhir.url, identity))];
      const env =
        kind === 'an app service'
          ? {IDENTITY_ENDPOINT: identity.identity_endpoint, IDENTITY_HEADER: identity.identity_header}
          : {AZURE_POD_IDENTITY_AUTHORITY_HOST: identity.url, IDENTITY_ENDPOINT: '', IDENTITY_HEADER: ''};
      const settings = keys('ManagedIdentity', (service) => ({
        Resource: `https://${service.toLowerCase()}.example.org`,
        ClientId: service === 'Fhir' ? 'b1e2' : undefined,
      }));
      settings['Log:Level'] = 'Debug';
      const program = t.program({dicom: doors[0].url, fhir: doors[1].url, settings, env});
      await t.backfill(program);
      t.compare(feed, fhir);
      t.check(identity.requests.length === 2, `${identity.requests.length} token requests, not one a service`);
      t.check(identity.requests.some(({client_id: id}) => id === 'b1e2'), 'ClientId was not sent');
      keepsSecret(t, program, [identity.identity_header, ...doors[1].tokens, ...doors[0].tokens]);
      t.count(IDENTITY, {entries: feed.entries.length, requests: identity.requests.length});
    },
  });
}
