// Server-sent events over fetch: EventSource can send no token.

import {request} from './api.js';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

/**
 * Follows GET /events for good: connects again where it ends, behind the last event that came.
 *
 * @param query what to follow, such as 'type=connected&type=closed'
 * @param on {event(type, data), state('live' | 'lost', problem)}
 */
export async function follow(query, on) {
  let last = null;
  let pause = FIRST_PAUSE;
  for (;;) {
    try {
      const resume = last === null ? '' : `&lastEventId=${last}`;
      const response = await request('GET', `events?${query}${resume}`, {accept: 'text/event-stream'});
      pause = FIRST_PAUSE;
      on.state('live');
      for await (const {id, type, data} of frames(response.body)) {
        if (id !== null) last = id;
        if (data !== '') on.event(type, JSON.parse(data));
      }
      on.state('lost');
    } catch (problem) {
      if (problem.status === 400) last = null;
      on.state('lost', problem);
    }
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

/** Reads a stream of UTF-8 as events (HTML standard, 9.2.6). */
async function* frames(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let id = null;
  let type = 'message';
  let data = [];
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (id !== null || data.length > 0) yield {id, type, data: data.join('\n')};
        id = null;
        type = 'message';
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5));
      } else if (line.startsWith('id:')) {
        id = line.slice(3).trim();
      } else if (line.startsWith('event:')) {
        type = line.slice(6).trim();
      }
    }
  }
}
