// A managed identity's token endpoints, as a virtual machine and as an app service have them. Prints
// {"url", "identity_endpoint", "identity_header", "pid"}.
import http from 'node:http';
import {randomBytes} from 'node:crypto';
import {announce, close, isProgram, listen, options} from './lib/starter.mjs';

/**
 * @param {object} settings `ttl`: s until a token expires
 * @returns {Promise<{url, identity_endpoint, identity_header, requests: object[], accepts: Function, stop: Function}>}
 *   url stands for http://169.254.169.254
 */
export async function imds({ttl = 3600, port = 0} = {}) {
  const header = randomBytes(12).toString('hex');
  const expiries = new Map();
  const requests = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const resource = url.searchParams.get('resource');
    const ofMachine = url.pathname === '/metadata/identity/oauth2/token';
    const answer = (status, body) => {
      requests.push({path: url.pathname, resource, client_id: url.searchParams.get('client_id'), status});
      response.writeHead(status, {'Content-Type': 'application/json'}).end(JSON.stringify(body));
    };
    if (!ofMachine && url.pathname !== '/msi/token') return answer(404, {error: 'not_found'});
    const known = ofMachine ? request.headers.metadata === 'true' : request.headers['x-identity-header'] === header;
    const version = url.searchParams.get('api-version');
    if (!known || !resource || version !== (ofMachine ? '2018-02-01' : '2019-08-01')) {
      return answer(400, {error: 'invalid_request', error_description: 'header, resource or api-version'});
    }
    const token = randomBytes(24).toString('base64url');
    const expires = Math.floor(Date.now() / 1000) + ttl;
    expiries.set(token, expires);
    const body = {access_token: token, expires_on: String(expires), resource, token_type: 'Bearer'};
    answer(200, ofMachine ? {...body, expires_in: String(ttl)} : body);
  });
  const url = await listen(server, port);
  return {
    url,
    identity_endpoint: `${url}/msi/token`,
    identity_header: header,
    requests,
    accepts: (token) => (expiries.get(token) ?? 0) > Date.now() / 1000,
    stop: () => close(server),
  };
}

if (isProgram(import.meta.url)) {
  const values = options({ttl: {type: 'string', default: '3600'}, port: {type: 'string', default: '0'}});
  const {stop, url, identity_endpoint, identity_header} = await imds({...values, ttl: Number(values.ttl)});
  announce({name: 'imds', url, identity_endpoint, identity_header}, stop);
}
