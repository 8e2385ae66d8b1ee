// What somebody chose for the messages to the peers of a listener. The browser keeps it; it holds no token and no message.

const KEY = 'switchboard.choices';
const LISTENERS = 50;

export const DEFAULTS = {hex: false, framing: '', wait: 'written', view: 'text'};

function all() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // it is not readable, or storage is switched off
  }
}

/** Returns {hex, framing, wait, view}. */
export function choicesOf(listener) {
  return {...DEFAULTS, ...all()[listener]};
}

export function choose(listener, choices) {
  const {[listener]: _, ...others} = all();
  const kept = Object.entries(others).slice(1 - LISTENERS);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries([...kept, [listener, choices]])));
  } catch {
    // they last as long as the page
  }
}
