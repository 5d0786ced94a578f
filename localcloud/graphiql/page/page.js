import { modesOf } from './modes.js';
import { subscribe } from './realtime.js';

const { React, ReactDOM, GraphiQL } = window;
const [name, select, form, state] = ['name', 'mode', 'sign-in', 'state'].map((id) => document.getElementById(id));

function say(text, bad = false) {
  state.textContent = text;
  state.toggleAttribute('data-bad', bad);
}

const api = await (await fetch('/_graphiql/api')).json();
const modes = modesOf(api);
let mode = modes[0];

/** Whether a subscription is to be run. GraphiQL's own parse of the text may be a moment old. */
function isSubscription(query, operationName) {
  let text = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\])*"|#[^\n]*/g, '');
  for (let before; before !== text;) [before, text] = [text, text.replace(/\{[^{}]*\}/g, ';')];
  return text.split(';').some((definition) => {
    const found = /^\s*subscription\b\s*(\w*)/.exec(definition);
    return found && (!operationName || found[1] === operationName);
  });
}

/** Sends what GraphiQL asks. The schema is known already, for any user. */
async function fetcher({ query, variables, operationName }, options) {
  if (operationName === 'IntrospectionQuery') return { data: api.introspection };
  const request = { query, variables: variables ?? {}, ...(operationName && { operationName }) };
  if (isSubscription(query, operationName)) {
    const asked = mode;
    return { subscribe: (sink) => ({ unsubscribe: subscribe(asked, request, sink) }) };
  }
  const body = JSON.stringify(request);
  const headers = { 'content-type': 'application/json', ...(await mode.headers('/graphql', body)), ...options?.headers };
  return (await fetch('/graphql', { method: 'POST', headers, body })).json();
}

function input({ name: key, label, type = 'text', choices }) {
  const made = document.createElement(choices ? 'select' : 'input');
  Object.assign(made, { name: key, required: true });
  made.setAttribute('aria-label', label);
  if (choices) made.append(...choices.map((one) => new Option(one.name, one.id)));
  else Object.assign(made, { type, placeholder: label, autocomplete: 'off' });
  return made;
}

function button(text) {
  const made = document.createElement('button');
  made.textContent = text;
  return made;
}

function choose() {
  mode = modes[select.selectedIndex];
  form.replaceChildren(...mode.fields.flatMap((one) => [input(one), ...(one.button ? [button(one.button)] : [])]));
  say('');
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    say(await mode.submit(Object.fromEntries(new FormData(form))));
  } catch (error) {
    say(error.message, true);
  }
});

name.textContent = api.name;
document.title = `${api.name} · GraphiQL`;
select.append(...modes.map((one) => new Option(one.name)));
select.addEventListener('change', choose);
choose();

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, shouldPersistHeaders: false, defaultEditorToolsVisibility: 'variables' }),
);
