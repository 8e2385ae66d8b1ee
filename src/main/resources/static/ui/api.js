// The REST API. The token lives in this module's memory, and nowhere else.

const ROOT = new URL('../', import.meta.url);

let token = null;
let asked = null;

/** An answer that is no success, as problem+json tells it. */
export class Problem extends Error {
  /** @param fields the members of the problem, such as key and value */
  constructor(status, reason, detail, fields = {}) {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.fields = fields;
  }
}

/** Says who is asked for a token: a function that promises one. */
export function askForTokenWith(dialog) {
  ask = dialog;
}
let ask = () => Promise.reject(new Problem(401, 'token_required', 'a token is needed'));

/** Whether requests have a token. */
export function needsToken() {
  return token !== null;
}

/** Several requests that miss the token at once share one question. */
function askOnce(why) {
  asked ??= ask(why).finally(() => { asked = null; });
  return asked;
}

/**
 * One request. Asks for the token where it is needed, and again where it was wrong.
 *
 * @param timeout how long an answer may take, in milliseconds, in place of a signal
 * @returns the Response, of any success
 */
export async function request(method, path, {body, signal, accept, timeout} = {}) {
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
        signal: timeout === undefined ? signal : AbortSignal.timeout(timeout),
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (e) {
      throw unreachable(e);
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status !== 401) throw problem;
    if (used === token) token = await askOnce(used === null ? '' : problem.message);
  }
}

function unreachable(e) {
  return e.name === 'AbortError' ? e : new Problem(0, 'unreachable', 'the service cannot be reached');
}

async function problemOf(response) {
  const text = await response.text();
  try {
    const json = JSON.parse(text);
    return new Problem(response.status, json.reason ?? '', json.detail ?? json.title ?? text, json);
  } catch {
    return new Problem(response.status, '', text || response.statusText);
  }
}

/** The same for answers in JSON. Returns null for an answer without content. */
export async function json(method, path, options) {
  const response = await request(method, path, options);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (e) {
    throw unreachable(e); // the connection ended within the answer
  }
}

export const get = (path, options) => json('GET', path, options);

/** What came before the status told more than a success does is in the answer itself (207, 202). */
export const post = (path, body) => json('POST', path, {body});
