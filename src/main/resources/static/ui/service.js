// Whether the service answers. While it does not, the page offers no action.

/**
 * state: 'connecting' until the first answers, then 'live' or 'unavailable'.
 * since: when it became so. problem: why it is unavailable; null otherwise.
 */
export const service = {state: 'connecting', since: new Date(), problem: null};

const watchers = new Set();

/** Calls the function whenever the state changes. Returns a function that ends this. */
export function watchService(changed) {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/**
 * Sets the state.
 *
 * @param live whether everything that the page shows is up to date
 * @param problem what failed; null if nothing did
 */
export function reportService(live, problem) {
  const state = live ? 'live' : problem === null ? service.state : 'unavailable';
  if (state === service.state && problem?.message === service.problem?.message) return;
  if (state !== service.state) service.since = new Date();
  service.state = state;
  service.problem = problem;
  for (const changed of watchers) changed();
}

/** Whether actions are possible. */
export function isLive() {
  return service.state === 'live';
}

/** The time in milliseconds for which ages are shown: while the service is unavailable, they do not grow. */
export function currentTime() {
  return service.state === 'unavailable' ? service.since.getTime() : Date.now();
}
