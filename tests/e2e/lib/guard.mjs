// A reverse proxy that lets only requests with an accepted bearer token through: the door before a service.
import http from 'node:http';
import {close, listen} from './starter.mjs';

/**
 * @param {string} target URL whose origin is guarded; its path is kept in the result's `url`
 * @param {(token: string) => boolean | Promise<boolean>} accepts whether a bearer token is good
 * @returns {Promise<{url: string, counts: {passed: number, refused: number}, tokens: Set<string>, stop: Function}>}
 */
export async function guard(target, accepts) {
  const {origin, pathname} = new URL(target);
  const agent = new http.Agent({keepAlive: true});
  const counts = {passed: 0, refused: 0};
  const tokens = new Set();
  const server = http.createServer(async (request, response) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token || !(await accepts(token))) {
      counts.refused += 1;
      request.resume();
      response.writeHead(401, {'WWW-Authenticate': 'Bearer error="invalid_token"', 'Content-Type': 'application/json'});
      return response.end('{"error": "invalid_token"}');
    }
    counts.passed += 1;
    tokens.add(token);
    const {authorization: _, host: __, ...headers} = request.headers;
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
