// A door before a service: a reverse proxy that counts requests, can hold them up, and can ask for a bearer token.
import http from 'node:http';
import {close, listen} from './starter.mjs';

/**
 * @param {string} target URL of the service; its path is kept in the result's `url`
 * @param {object} rules `accepts(token)`: only requests with a bearer token that it likes pass, else 401; the token does
 *   not go further. `delay`: ms that each request is held up
 * @returns {Promise<{url: string, counts: {passed: number, refused: number}, tokens: Set<string>, stop: Function}>}
 */
export async function door(target, {accepts, delay = 0} = {}) {
  const {origin, pathname} = new URL(target);
  const agent = new http.Agent({keepAlive: true});
  const counts = {passed: 0, refused: 0};
  const tokens = new Set();
  const server = http.createServer(async (request, response) => {
    const headers = {...request.headers};
    delete headers.host;
    if (accepts) {
      const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      if (!token || !(await accepts(token))) {
        counts.refused += 1;
        request.resume();
        response.writeHead(401, {'WWW-Authenticate': 'Bearer error="invalid_token"', 'Content-Type': 'application/json'});
        return response.end('{"error": "invalid_token"}');
      }
      tokens.add(token);
      delete headers.authorization;
    }
    counts.passed += 1;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    const onward = http.request(origin + request.url, {method: request.method, headers, agent}, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  const url = (await listen(server)) + pathname.replace(/\/$/, '');
  return {url, counts, tokens, stop: () => close(server).then(() => agent.destroy())};
}
