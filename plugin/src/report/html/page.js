'use strict';
{
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);
  const FIRST_ROWS = 200;

  // A row for each node or pod and network. What nodes share is held once.
  const rows = [];
  for (const row of data.rows) {
    const cells = row.cells.map((cell) => data.cells[cell]);
    const severity = Math.max(0, ...cells.map((cell) => cell.severity));
    const shared = [...row.start, ...cells.map((cell) => cell.words)].join('\n').toLowerCase();
    for (const name of row.names) {
      rows.push({ name, start: row.start, cells, severity, shared, lower: data.names[name].toLowerCase() });
    }
  }

  const state = { words: '', severity: '', evidence: null, column: null, descending: false, limit: FIRST_ROWS };

  const matches = (row) => {
    const { evidence } = state;
    if (evidence && !(evidence.names.has(row.name) && (!evidence.network || row.start.includes(evidence.network)))) return false;
    if (state.severity !== '' && row.severity !== Number(state.severity)) return false;
    return state.words.split(/\s+/).every((word) => row.lower.includes(word) || row.shared.includes(word));
  };

  const valueOf = (row) => {
    if (state.column === 0) return data.names[row.name];
    const start = row.start[state.column - 1];
    return start === undefined ? row.cells[state.column - 1 - row.start.length].words : start;
  };

  const inOrder = (found) => {
    if (state.column === null) return found.sort((one, other) => other.severity - one.severity);
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    found.sort((one, other) => compare(valueOf(one), valueOf(other)));
    return state.descending ? found.reverse() : found;
  };

  const element = (tag, text, className) => {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };

  const SEVERITIES = ['good', 'unknown', 'bad'];

  const drawn = (row) => {
    const line = document.createElement('tr');
    const name = element('th', data.names[row.name]);
    name.scope = 'row';
    line.append(name, ...row.start.map((text) => element('td', text)));
    line.append(...row.cells.map((cell) => element('td', cell.words, SEVERITIES[cell.severity])));
    return line;
  };

  const draw = () => {
    const found = inOrder(rows.filter(matches));
    const shown = found.slice(0, state.limit);
    byId('rows').replaceChildren(...shown.map(drawn));
    byId('shown').textContent = data.shown
      .replace('{shown}', shown.length)
      .replace('{matching}', found.length)
      .replace('{all}', rows.length);
    byId('more').hidden = shown.length === found.length;
    byId('clear').hidden = found.length === rows.length;
  };

  const changed = (change) => {
    Object.assign(state, { limit: FIRST_ROWS }, change);
    draw();
  };

  byId('search').addEventListener('input', (event) => changed({ words: event.target.value.trim().toLowerCase(), evidence: null }));
  byId('severity').addEventListener('change', (event) => changed({ severity: event.target.value, evidence: null }));
  byId('clear').addEventListener('click', () => {
    byId('search').value = '';
    byId('severity').value = '';
    changed({ words: '', severity: '', evidence: null });
  });
  byId('more').addEventListener('click', () => changed({ limit: Infinity }));

  const headings = [...document.querySelectorAll('#every thead th')];
  headings.forEach((heading, column) => {
    heading.querySelector('button').addEventListener('click', () => {
      const descending = state.column === column && !state.descending;
      headings.forEach((other) => other.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      changed({ column, descending });
    });
  });

  for (const button of document.querySelectorAll('button[data-evidence]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const { names, network } = data.evidence[Number(button.dataset.evidence)];
      byId('search').value = '';
      byId('severity').value = '';
      changed({ words: '', severity: '', evidence: { names: new Set(names), network } });
      byId('every-row').open = true;
      byId('every').scrollIntoView();
      byId('every').focus();
    });
  }

  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const command = button.parentElement.querySelector('pre');
      getSelection().selectAllChildren(command);
      try {
        await navigator.clipboard.writeText(command.textContent);
        byId('said').textContent = button.dataset.copy;
      } catch {
        // The command stays selected, for the reader to copy.
      }
    });
  }

  addEventListener('beforeprint', () => document.querySelectorAll('details').forEach((folded) => { folded.open = true; }));
  byId('every-row').hidden = false;
  draw();
}
