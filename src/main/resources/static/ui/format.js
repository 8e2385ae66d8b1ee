// Values as people read them.

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 1536 is 1.5 KB, with a space that does not break. */
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + '\u00a0' + UNITS[unit];
}

export function count(number) {
  return number.toLocaleString('en');
}

/** 1 peer, 2 peers. */
export function peers(number) {
  return `${count(number)} ${number === 1 ? 'peer' : 'peers'}`;
}

/** How long, in the largest unit that fits: 42s, 7m, 3h, 12d. */
export function age(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

/** 0.016 is 16µs. */
export function rtt(millis) {
  if (millis < 1) return `${Math.round(millis * 1000)}µs`;
  return millis < 10 ? `${millis.toFixed(1)}ms` : `${Math.round(millis)}ms`;
}

/** Host and port, or the path of a Unix socket; a client of one that is not bound has none. */
export function address(name) {
  if (!name) return '-';
  if (name.path !== undefined) return name.path || '(unnamed)';
  return name.host.includes(':') ? `[${name.host}]:${name.port}` : `${name.host}:${name.port}`;
}

/** The time of day, as in a log. */
export function clock(time) {
  return new Date(time).toLocaleTimeString('en-GB');
}

/** The day and the time of day. */
export function moment(time) {
  return new Date(time).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'medium'});
}

/** Characters that show nothing, or that turn the text around them: C0, C1, DEL, bidi controls. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** What is there, with everything unseen spelled out as \u{1b}. Tabs and line feeds stay as they are. */
export function visible(text) {
  return text.replace(UNSEEN, (c) =>
      c === '\t' || c === '\n' ? c : `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** Base64 as hexadecimal digits, two a byte. */
export function hexOfBase64(base64) {
  return Array.from(atob(base64), (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
}

/** 1 message, 2 messages. */
export function messages(number) {
  return `${count(number)} ${number === 1 ? 'message' : 'messages'}`;
}

/** 5 messages, 75 B. */
export function volume({messages: number, bytes: size}) {
  return `${messages(number)}, ${bytes(size)}`;
}
