// The buttons of the header, and the menu that has all of them on a small screen.

import {html, nothing} from '../webjars/lit-html/lit-html.js';

/**
 * @param actions {id, label, short, key, does}: an action without short is in the menu only
 * @param enabled whether the service answers
 * @param keys shows the keys
 * @param version of the service; '' while it is not known
 */
export function menuView(actions, enabled, keys, version) {
  const run = (does) => () => {
    document.getElementById('menu').hidePopover();
    does();
  };
  return html`
    <fieldset class="main-actions" ?disabled=${!enabled}>${actions.filter(({short}) => short !== undefined).map(({id, label, short, key, does}) =>
        html`<button type="button" id=${id} title="${label.replace('…', '')} (${key})" @click=${does}>${short}</button>`)}</fieldset>
    <button type="button" id="menu-button" popovertarget="menu" aria-haspopup="true">Menu</button>
    <div id="menu" popover>
      <fieldset ?disabled=${!enabled}>${actions.map(({id, label, does}) =>
          html`<button type="button" id="menu-${id}" @click=${run(does)}>${label}</button>`)}</fieldset>
      <button type="button" id="menu-keys" @click=${run(keys)}>Keys…</button>
      <a href="docs" target="_blank" rel="noopener">API documentation</a>
      ${version === '' ? nothing : html`<p id="version">Switchboard ${version}</p>`}
    </div>`;
}
