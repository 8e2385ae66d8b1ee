// The service itself: version, nodes, tokens, limits and what was refused.

import {html, nothing} from '../webjars/lit-html/lit-html.js';
import {get} from './api.js';
import {show} from './dialogs.js';
import {age, bytes, count, moment} from './format.js';

/** Shows what the client may see. */
export function serviceInfo() {
  let parts = null;

  return show('Service', (close, draw) => {
    const read = async () => {
      const [nodes, tokens, health, listeners, figures] = await Promise.all(
          ['nodes', 'tokens', 'actuator/health', 'listeners', 'figures'].map((path) => get(path).catch((problem) => ({problem}))));
      parts = {nodes, tokens, health, listeners, figures};
      draw();
    };
    if (parts === null) {
      parts = {};
      read();
    }
    const {nodes, tokens, health, listeners, figures} = parts;
    return html`
      ${nodes === undefined ? html`<p role="status">Reading…</p>` : html`
        ${nodesView(nodes)}${tokensView(tokens)}${limitsView(health, listeners)}${refusalsView(figures)}`}
      <p class="buttons"><a href="docs" target="_blank" rel="noopener">API documentation</a>
        <button type="button" @click=${read}>Read again</button>
        <button type="button" class="primary" autofocus @click=${() => close()}>Done</button></p>`;
  }, {wide: true});
}

const failed = ({problem}) => html`<p class="hint">${problem.status === 403 ? 'Your token does not allow this.' : problem.message}</p>`;

function table(id, heads, rows) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${heads[0]}><table id=${id}>
    <thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
    <tbody>${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

function nodesView(nodes) {
  return html`<h3>Nodes</h3>${nodes.problem !== undefined ? failed(nodes)
      : table('nodes', ['Node', 'Host', 'Version', 'Peers', 'State'], nodes.nodes.map((node) => [
        node.name ?? node.id, node.host, node.version ?? '', node.peers === undefined ? '' : count(node.peers),
        [node.self ? 'this one' : '', node.draining ? 'draining' : ''].filter((word) => word).join(', ')]))}`;
}

function tokensView(tokens) {
  if (tokens.problem !== undefined) return html`<h3>Tokens</h3>${failed(tokens)}`;
  const reach = ({listeners, groups}) => [...listeners.map((name) => `listener ${name}`), ...groups.map((name) => `group ${name}`)].join(', ') || 'all peers';
  return html`<h3>Tokens</h3>
    <p id="self">You are <strong>${tokens.self.name}</strong>: ${tokens.self.roles.join(', ')}; ${reach(tokens.self)}.</p>
    ${tokens.tokens === undefined ? nothing : tokens.tokens.length === 0 ? html`<p>No token is set: everybody on this machine and in private networks may use the service.</p>`
      : table('tokens', ['Token', 'Roles', 'Reach', 'Last used on this node'], tokens.tokens.map((each) => [
        each.name, each.roles.join(', '), reach(each),
        each.lastUsedAt === undefined ? 'not since the start' : `${age(Date.now() - Date.parse(each.lastUsedAt))} ago`]))}`;
}

function limitsView(health, listeners) {
  const budgets = Object.entries(health.components?.budgets?.details ?? {})
      .map(([name, {used, limit}]) => [`Memory: ${name}`, bytes(used), bytes(limit)]);
  const peers = (listeners.listeners ?? []).map((each) => [`Peers: ${each.name}`, count(each.peers), count(each.maxConnections)]);
  const files = listeners.openFiles;
  const open = files === undefined ? [] : [['HTTP connections', '', count(files.http)], ['Open files', '', count(files.limit)]];
  return html`<h3>Limits</h3>${table('limits', ['Of what', 'Used', 'Limit'], [...peers, ...budgets, ...open])}`;
}

function refusalsView(figures) {
  if (figures.problem !== undefined) return html`<h3>Refused and closed since the start</h3>${failed(figures)}`;
  const {now, samples} = figures;
  const rows = [
    ...Object.entries(now.refused).map(([reason, number]) => ['Connections refused', reason, count(number)]),
    ['Messages refused', 'by an outbox', count(now.refusedMessages)],
    ...Object.entries(now.closed).map(([reason, number]) => ['Peers closed', reason, count(number)]),
  ];
  return html`<h3>Refused and closed since the start</h3>
    ${samples.length === 0 ? nothing : html`<p>As of ${moment(now.at)}.</p>`}
    ${table('refusals', ['What', 'Reason', 'Number'], rows)}`;
}
