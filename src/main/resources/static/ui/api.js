// The REST API. The token lives in this module's memory, and nowhere else.

const ROOT = new URL('../', import.meta.url);

let token = null;
let asked = null;

/** An answer that is no success, as problem+json tells it. */
export class Problem extends Error {
  constructor(status, reason, detail) {
    super(detail);
    this.status = status;
    this.reason = reason;
  }
}

/** Says who is asked for a token: a function that promises one. */
export function askForTokenWith(dialog) {
  ask = dialog;
}
let ask = () => Promise.reject(new Problem(401, 'token_required', 'a token is needed'));

/** Several requests that miss the token at once share one question. */
function askOnce(why) {
  asked ??= ask(why).finally(() => { asked = null; });
  return asked;
}

/**
 * One request. Asks for the token where it is needed, and again where it was wrong.
 *
 * @returns the Response, of any success
 */
export async function request(method, path, {body, signal, accept} = {}) {
  for (;;) {
    const headers = {Accept: accept ?? 'application/json'};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const used = token;
    if (used !== null) headers.Authorization = `Bearer ${used}`;
    let response;
    try {
      response = await fetch(new URL(path, ROOT), {
        method,
        headers,
        signal,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (e) {
      if (e.name === 'AbortError') throw e;
      throw new Problem(0, 'unreachable', 'the service cannot be reached');
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status !== 401) throw problem;
    if (used === token) token = await askOnce(used === null ? '' : problem.message);
  }
}

async function problemOf(response) {
  const text = await response.text();
  try {
    const json = JSON.parse(text);
    return new Problem(response.status, json.reason ?? '', json.detail ?? json.title ?? text);
  } catch {
    return new Problem(response.status, '', text || response.statusText);
  }
}

/** The same, for what answers with JSON. */
export async function json(method, path, options) {
  return (await request(method, path, options)).json();
}

export const get = (path, signal) => json('GET', path, {signal});

/** What came before the status told more than a success does is in the answer itself (207, 202). */
export const post = (path, body) => json('POST', path, {body});
