// A token service: oidc-provider with client credentials and the password grant, and guarded doors before services.
// Prints {"url", "token_uri", "client_id", "client_secret", "username", "password", "protected": [URL..], "pid"}.
import http from 'node:http';
import {createRemoteJWKSet, jwtVerify} from 'jose';
import Provider, {errors} from 'oidc-provider';
import {door} from './lib/door.mjs';
import {announce, close, isProgram, listen, options} from './lib/starter.mjs';

/** What a client and a user say of themselves: with characters that have to be escaped. */
export const credentials = {
  client_id: 'dicomcast',
  client_secret: 's3cret:with+all%of & these=/~',
  username: 'user@example.org',
  password: 'pass word&=+%/é',
};

/** The password grant (RFC 6749 section 4.3), which oidc-provider leaves to its users. */
function addPasswordGrant(provider, resourceServer) {
  const grant = async (ctx) => {
    const {username, password, resource} = ctx.oidc.params;
    if (username !== credentials.username || password !== credentials.password) {
      throw new errors.InvalidGrant('wrong user name or password');
    }
    const token = new provider.AccessToken({accountId: username, client: ctx.oidc.client, gty: 'password'});
    if (resource) token.resourceServer = new provider.ResourceServer(resource, resourceServer(resource));
    const value = await token.save();
    ctx.body = {access_token: value, expires_in: token.expiration, token_type: token.tokenType};
  };
  provider.registerGrantType('password', grant, ['username', 'password', 'scope', 'resource']);
}

/**
 * A token service on a free port.
 * @param {object} settings `format`: "jwt" or "opaque"; `ttl`: s until a token expires; `clientAuth`: "any", "basic" or
 *   "post" is how the client has to show its secret
 * @returns {Promise<{url, token_uri, counts, accepts: (token: string) => Promise<boolean>, stop}>}
 */
export async function oidc({format = 'jwt', ttl = 3600, clientAuth = 'any', port = 0} = {}) {
  let handler;
  const counts = {issued: 0, refused: 0};
  const server = http.createServer((request, response) => {
    response.once('finish', () => {
      if (request.url.startsWith('/token')) counts[response.statusCode === 200 ? 'issued' : 'refused'] += 1;
    });
    handler(request, response);
  });
  const url = await listen(server, port);
  const resourceServer = (resource) => ({
    scope: 'api offline',
    audience: resource,
    accessTokenFormat: format,
    accessTokenTTL: ttl,
    jwt: {sign: {alg: 'RS256'}},
  });
  const methods = clientAuth === 'any' ? ['client_secret_basic', 'client_secret_post'] : [`client_secret_${clientAuth}`];
  const provider = new Provider(url, {
    clients: [
      {
        client_id: credentials.client_id,
        client_secret: credentials.client_secret,
        grant_types: ['client_credentials', 'password'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: methods[0],
      },
    ],
    clientAuthMethods: methods,
    scopes: ['api'],
    ttl: {AccessToken: ttl, ClientCredentials: ttl},
    features: {
      devInteractions: {enabled: false},
      clientCredentials: {enabled: true},
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_, resource) => resourceServer(resource),
        useGrantedResource: () => true,
      },
    },
    findAccount: (_, id) => ({accountId: id, claims: () => ({sub: id})}),
  });
  addPasswordGrant(provider, resourceServer);
  handler = provider.callback();
  const keys = createRemoteJWKSet(new URL(`${url}/jwks`));

  async function accepts(token) {
    if (token.split('.').length === 3) {
      return jwtVerify(token, keys, {issuer: url}).then(() => true, () => false);
    }
    const found = (await provider.ClientCredentials.find(token)) ?? (await provider.AccessToken.find(token));
    return found?.isValid ?? false;
  }
  return {url, token_uri: `${url}/token`, counts, accepts, stop: () => close(server)};
}

if (isProgram(import.meta.url)) {
  const values = options({
    format: {type: 'string', default: 'jwt'},
    ttl: {type: 'string', default: '3600'},
    'client-auth': {type: 'string', default: 'any'},
    protect: {type: 'string', multiple: true},
    port: {type: 'string', default: '0'},
  });
  const {format, port} = values;
  const service = await oidc({format, port, ttl: Number(values.ttl), clientAuth: values['client-auth']});
  const doors = await Promise.all((values.protect ?? []).map((target) => door(target, service)));
  announce(
    {name: 'oidc', url: service.url, token_uri: service.token_uri, ...credentials, protected: doors.map(({url}) => url)},
    () => Promise.all([service.stop(), ...doors.map(({stop}) => stop())]),
  );
}
