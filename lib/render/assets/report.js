// The page of any kpi report: charts, tables that can be searched, sorted and filtered, and what is known of one item.
// Every name in the data may be hostile: all of them become text nodes or attributes, never markup.
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const svgSpace = 'http://www.w3.org/2000/svg';
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

  // ---- Building blocks

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined && child !== false && child !== '') node.append(child instanceof Node ? child : String(child));
    }
    return node;
  }
  const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes, ...children) => fill(document.createElementNS(svgSpace, tag), attributes, children);
  const toneOf = (status) => (Object.hasOwn(data.tones, status) ? data.tones[status] : '');
  const badge = (status) => h('span', { class: 'badge ' + toneOf(status) }, status);
  const plural = (count, one, many) => count.toLocaleString('en') + ' ' + (count === 1 ? one : many);
  const isLink = (url) => typeof url === 'string' && /^https?:\/\//i.test(url);
  const link = (url, text) => (isLink(url) ? h('a', { href: url, rel: 'noopener noreferrer' }, text) : text);
  const bar = (parts, total, label) => {
    let x = 0;
    const rects = parts.map(([tone, value]) => {
      const width = total > 0 ? (100 * value) / total : 0;
      x += width;
      return svg('rect', { class: tone || 'plain', x: x - width, y: 0, width, height: 10 });
    });
    return svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none', role: 'img', 'aria-label': label || 'none' }, rects);
  };

  // ---- Theme: automatic, light, dark

  const themes = ['automatic', 'light', 'dark'];
  const themeButton = document.getElementById('theme');
  function applyTheme(theme) {
    if (theme === 'automatic') document.documentElement.removeAttribute('data-theme');
    else document.documentElement.setAttribute('data-theme', theme);
    themeButton.textContent = 'Theme: ' + theme;
    themeButton.dataset.theme = theme;
  }
  function remembered() {
    try {
      const theme = localStorage.getItem('kpi-theme');
      return themes.includes(theme) ? theme : 'automatic';
    } catch { return 'automatic'; } // storage may be refused to a file
  }
  themeButton.addEventListener('click', () => {
    const next = themes[(themes.indexOf(themeButton.dataset.theme) + 1) % themes.length];
    applyTheme(next);
    try { localStorage.setItem('kpi-theme', next); } catch { /* it holds for this visit */ }
  });
  themeButton.hidden = false;
  applyTheme(remembered());

  // ---- SQL

  const keywords = new Set(('all and any array as asc between by case cast collate cross current_date current_timestamp '
    + 'date desc distinct else end escape except exists extract false fetch filter first following for from full group '
    + 'having ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or '
    + 'order outer over partition preceding range recursive right row rows select similar some then to true unbounded '
    + 'union unknown using values when where window with within').split(' '));
  const token = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$)|\$\$[\s\S]*?(?:\$\$|$))|("(?:[^"]|"")*(?:"|$))|(\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|([\p{L}_][\p{L}\p{N}_$]*)|([\s\S])/gu;

  // `mark` is where a finding points, as an index of UTF-16 units; -1: nowhere.
  function highlighted(sql, mark) {
    const out = document.createDocumentFragment();
    let plain = '';
    const flush = () => { if (plain) out.append(plain); plain = ''; };
    for (const match of sql.matchAll(token)) {
      const [text, comment, string, , number, word] = match;
      let kind = comment ? 'c' : string ? 's' : number ? 'n' : '';
      if (word && keywords.has(word.toLowerCase())) kind = 'k';
      else if (word && /^\s*\(/.test(sql.slice(match.index + word.length, match.index + word.length + 8))) kind = 'f';
      const marked = mark >= match.index && mark < match.index + text.length && text.trim() !== '';
      if (!kind && !marked) { plain += text; continue; }
      flush();
      const span = kind ? h('span', { class: kind }, text) : text;
      out.append(marked ? h('mark', { title: 'a finding points here' }, span) : span);
    }
    flush();
    return out;
  }

  async function copy(text, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch { // no clipboard for this page: the old way, through a selection
      const area = h('textarea', { class: 'hidden', 'aria-hidden': 'true' });
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand('copy');
      area.remove();
    }
    button.textContent = done ? 'Copied' : 'Not copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  }

  function sqlBlock(sql, name, mark = -1) {
    const button = h('button', { type: 'button', class: 'copy', 'aria-label': 'Copy ' + name }, 'Copy');
    button.addEventListener('click', () => copy(sql, button));
    return h('div', { class: 'sql' }, h('pre', { tabindex: 0, 'aria-label': name }, h('code', null, highlighted(sql, mark))), button);
  }

  // Findings count bytes of UTF-8; a text here counts UTF-16 units.
  function unitAt(sql, bytes) {
    let units = 0;
    let count = 0;
    for (const character of sql) {
      if (count >= bytes) break;
      const point = character.codePointAt(0);
      count += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      units += character.length;
    }
    return units;
  }
  function placeText(sql, bytes) {
    const before = sql.slice(0, unitAt(sql, bytes)).split('\n');
    return ' (line ' + before.length + ', column ' + ([...before[before.length - 1]].length + 1) + ')';
  }

  // ---- What is known of one item

  const facts = (pairs) => h('dl', null, pairs.filter(([, value]) => value !== '' && value !== null && value !== undefined)
    .map(([label, value]) => [h('dt', null, label), h('dd', null, value)]));

  function scoreTable(score, name) {
    const parts = score.components || [];
    if (parts.length === 0) return [h('h3', null, 'Score ' + score.total), h('p', null, score.formula)];
    const weight = parts.reduce((sum, part) => sum + part.weight, 0);
    const points = (part) => (weight > 0 ? (100 * part.weight * part.value) / weight : 0);
    const sum = parts.reduce((total, part) => total + points(part), 0);
    return [
      h('h3', null, 'Score ' + score.total + ' of 100'),
      h('div', { class: 'scroll score', tabindex: 0, role: 'region', 'aria-label': 'Score of ' + name + ' as a sum' }, h('table', null,
        h('thead', null, h('tr', null, ['Component', 'Value', 'Bar', 'Points', 'Why'].map((head) => h('th', { scope: 'col', class: head === 'Value' || head === 'Points' ? 'number' : '' },
          head === 'Bar' ? h('span', { class: 'hidden' }, head) : head)))),
        h('tbody', null, parts.map((part) => h('tr', null,
          h('th', { scope: 'row' }, part.name),
          h('td', { class: 'number' }, part.value.toFixed(2)),
          h('td', null, bar([['plain', part.value]], 1, 'value ' + part.value.toFixed(2))),
          h('td', { class: 'number' }, points(part).toFixed(1) + ' of ' + (weight > 0 ? (100 * part.weight) / weight : 0).toFixed(1)),
          h('td', null, part.reason))),
        h('tr', null, h('th', { scope: 'row' }, 'Sum'), h('td'), h('td'), h('td', { class: 'number' }, sum.toFixed(1)), h('td', null, score.formula)))))];
  }

  const findingList = (kpi, findings) => findings.length > 0 && [h('h3', null, 'Findings'), h('ul', null, findings.map((finding) =>
    h('li', null, badge(finding.severity), ' ', h('code', null, finding.code), ': ', finding.message,
      Number.isInteger(finding.position) ? placeText(kpi.sql, finding.position) : '')))];

  const repairList = (repairs) => repairs.length > 0 && [h('h3', null, 'Repairs'), repairs.map((repair) => h('details', null,
    h('summary', null, h('code', null, repair.code), ', by ' + repair.kind),
    h('p', null, 'Before:'), sqlBlock(repair.before, 'SQL before ' + repair.code),
    h('p', null, 'After:'), sqlBlock(repair.after, 'SQL after ' + repair.code)))];

  function runText(run) {
    if (!run) return '';
    if (run.status !== 'ok') return run.status + (run.error ? ': ' + run.error : '');
    return plural(run.rows, 'row', 'rows') + (run.truncated ? ' (cut off)' : '') + ' in ' + run.elapsed_ms + ' ms';
  }

  function kpiDetail(kpi) {
    const validation = kpi.validation || {};
    const findings = validation.findings || [];
    const registration = kpi.registration || {};
    const run = validation.execution;
    const pointed = findings.find((finding) => Number.isInteger(finding.position));
    return [
      kpi.description && h('p', null, kpi.description),
      kpi.business_value && h('p', null, h('strong', null, 'Why it matters: '), kpi.business_value),
      facts([
        ['Id', h('code', null, kpi.id)],
        ['Tables', (kpi.tables || []).join(', ')],
        ['Result', [kpi.result.shape, kpi.result.unit, 'shown as ' + kpi.result.display].join(', ')],
        ['Written by', [kpi.source.provider, kpi.source.model, kpi.source.cached ? 'from the cache' : ''].filter(Boolean).join(', ')],
        ['Query', runText(run)],
        ['Columns', run && (run.columns || []).map((column) => column.name + (column.type ? ' (' + column.type + ')' : '')).join(', ')],
        ['Card', registration.card_id != null && link(registration.url, 'card ' + registration.card_id)],
        ['Collection', registration.collection],
        ['Reason', registration.reason],
      ].filter(([, value]) => value)),
      findingList(kpi, findings),
      h('h3', null, 'SQL (' + kpi.dialect + ')'),
      sqlBlock(kpi.sql, 'SQL of ' + kpi.name, pointed ? unitAt(kpi.sql, pointed.position) : -1),
      repairList(validation.repairs || []),
      kpi.score && scoreTable(kpi.score, kpi.name),
    ];
  }

  function tableDetail(table) {
    const heads = ['Field', 'Type', 'Meaning', 'Distinct', 'Nulls', 'Values', 'Description'];
    const percent = (share) => (typeof share === 'number' ? (100 * share).toFixed(0) + '%' : '');
    return [
      table.description && h('p', null, table.description),
      facts([
        ['One row is', table.grain], ['Primary key', (table.primary_key || []).join(', ')],
        ['Times', (table.time_columns || []).join(', ')], ['Dimensions', (table.dimensions || []).join(', ')],
        ['Measures', (table.measures || []).map((measure) => measure.field).join(', ')],
      ]),
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Fields of ' + table.name }, h('table', null,
        h('thead', null, h('tr', null, heads.map((head) => h('th', { scope: 'col' }, head)))),
        h('tbody', null, (table.fields || []).map((field) => {
          const stats = field.stats || {};
          const meaning = [field.pii && 'personal', field.semantic_type, field.references && 'to ' + field.references.table + '.' + field.references.field];
          return h('tr', null,
            h('th', { scope: 'row' }, field.name), h('td', null, field.database_type || field.type),
            h('td', null, meaning.filter(Boolean).join(', ')), h('td', { class: 'number' }, stats.distinct ?? ''),
            h('td', { class: 'number' }, percent(stats.null_fraction)),
            h('td', null, (field.values || []).slice(0, 12).map(String).join(', ') + ((field.values || []).length > 12 ? ', …' : '')),
            h('td', null, field.description || ''));
        })))),
    ];
  }
  const detailOf = (item) => (Array.isArray(item.fields) ? tableDetail(item) : kpiDetail(item));

  // ---- A listing: search, filters, sorting, pages

  class Grid {
    constructor(listing, details, number) {
      this.listing = listing;
      this.details = details;
      this.number = number;
      this.order = listing.rows.map((_, i) => i);
      this.shown = this.order;
      this.sorted = null; // {column, down}
      this.page = 0;
      this.size = 50;
      this.facets = new Map(); // column -> value
      this.open = new Set();
      this.nameColumn = Math.max(0, listing.columns.findIndex((column) => column.kind === 'text' && !column.facet));
      this.filtered = []; // called after each change of filters
      this.build();
    }

    // What the search looks through, made when it is first wanted.
    texts() {
      this.haystack ??= this.listing.rows.map((cells, i) => {
        const item = this.details[i];
        const more = item ? [item.id, item.description, item.business_value, item.sql, ...(item.tables || []), ...(item.fields || []).map((field) => field.name)] : [];
        return [...cells, ...more].join('\n').toLowerCase();
      });
      return this.haystack;
    }

    values(column) {
      const counts = new Map();
      for (const cells of this.listing.rows) counts.set(cells[column], (counts.get(cells[column]) || 0) + 1);
      return [...counts].sort((a, b) => collator.compare(a[0], b[0]));
    }

    build() {
      const { title, columns } = this.listing;
      const id = 'grid' + this.number;
      this.search = h('input', { type: 'search', id: id + '-search', placeholder: 'Name, SQL, table, finding…', autocomplete: 'off', spellcheck: 'false' });
      let timer = 0;
      this.search.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(() => this.refresh(), 120); });
      this.selects = new Map();
      columns.forEach((column, i) => {
        const values = column.facet ? this.values(i) : [];
        if (values.length < 2 || values.length > 400) return;
        const select = h('select', { onchange: () => this.choose(i, select.value || null) },
          h('option', { value: '' }, 'All'), values.map(([value, count]) => h('option', { value: '=' + value }, (value || '(none)') + ' (' + count + ')')));
        this.selects.set(i, select);
      });
      const sortSelect = h('select', { onchange: () => { const [column, down] = sortSelect.value.split(':'); this.sortBy(Number(column), down === '1'); } },
        h('option', { value: '-1:0' }, 'As in the report'),
        columns.map((column, i) => [h('option', { value: i + ':0' }, column.label + ', up'), h('option', { value: i + ':1' }, column.label + ', down')]));
      this.sortSelect = sortSelect;
      const small = this.listing.rows.length <= 10;
      this.tools = h('div', { class: 'tools', role: 'search', 'aria-label': 'Find in ' + title, hidden: small },
        h('label', { class: 'search' }, 'Search', this.search),
        [...this.selects].map(([i, select]) => h('label', null, columns[i].label, select)),
        h('label', { class: 'sort' }, 'Sort', sortSelect),
        h('button', { type: 'button', onclick: () => this.reset() }, 'Reset'));
      this.count = h('p', { class: 'count-line', role: 'status' });
      this.heads = columns.map((column, i) => h('th', { scope: 'col', class: column.kind, role: 'columnheader' },
        h('button', { type: 'button', onclick: () => this.toggleSort(i) }, column.label)));
      this.body = h('tbody', { role: 'rowgroup' });
      this.table = h('table', { class: 'main', role: 'table', 'aria-label': title },
        h('colgroup', null, columns.map((column, i) => h('col', { class: i === this.nameColumn ? 'name' : column.kind }))),
        h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, this.heads)), this.body);
      this.empty = h('p', { class: 'empty', hidden: true }, 'Nothing matches. ', h('button', { type: 'button', onclick: () => this.reset() }, 'Reset the search'));
      this.pageText = h('span');
      this.previous = h('button', { type: 'button', onclick: () => this.turn(-1) }, 'Previous');
      this.next = h('button', { type: 'button', onclick: () => this.turn(1) }, 'Next');
      const sizes = h('select', { 'aria-label': 'Rows a page', onchange: () => { this.size = Number(sizes.value); this.page = 0; this.draw(); } },
        [25, 50, 100, 250].map((size) => h('option', { value: size, selected: size === 50 }, size + ' a page')));
      this.pages = h('nav', { class: 'pages', 'aria-label': 'Pages of ' + title }, this.previous, this.pageText, this.next, sizes);
      this.section = h('section', { class: 'listing', id, tabindex: -1, 'aria-label': title },
        h('h2', null, title), this.tools, this.count, this.table, this.empty, this.pages);
      this.refresh();
    }

    choose(column, value) {
      if (value === null) this.facets.delete(column); else this.facets.set(column, value.slice(1));
      const select = this.selects.get(column);
      if (select) select.value = value ?? '';
      this.refresh();
    }

    reset() {
      this.search.value = '';
      this.facets.clear();
      for (const select of this.selects.values()) select.value = '';
      this.sortBy(-1, false);
      this.refresh();
      this.search.focus();
    }

    toggleSort(column) {
      const numeric = this.listing.columns[column].kind === 'number';
      if (!this.sorted || this.sorted.column !== column) this.sortBy(column, numeric); // numbers: the largest first
      else if (this.sorted.down === numeric) this.sortBy(column, !numeric);
      else this.sortBy(-1, false);
    }

    sortBy(column, down) {
      this.sorted = column < 0 ? null : { column, down };
      this.sortSelect.value = column + ':' + (down ? 1 : 0);
      this.heads.forEach((head, i) => {
        if (i === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        else head.removeAttribute('aria-sort');
      });
      this.refresh();
    }

    compare(a, b) {
      const { column, down } = this.sorted;
      const [x, y] = [this.listing.rows[a][column], this.listing.rows[b][column]];
      if ((x === '') !== (y === '')) return x === '' ? 1 : -1; // what is not known stands last either way
      const order = this.listing.columns[column].kind === 'number' ? Number(x) - Number(y) : collator.compare(x, y);
      return (down ? -order : order) || a - b;
    }

    refresh() {
      const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const texts = words.length > 0 ? this.texts() : [];
      this.shown = this.order.filter((i) => [...this.facets].every(([column, value]) => this.listing.rows[i][column] === value)
        && words.every((word) => texts[i].includes(word)));
      if (this.sorted) this.shown = [...this.shown].sort((a, b) => this.compare(a, b));
      this.page = 0;
      this.draw();
      for (const tell of this.filtered) tell();
    }

    turn(by) {
      this.page += by;
      this.draw();
      this.section.scrollIntoView({ block: 'start' });
      this.section.focus({ preventScroll: true });
    }

    draw() {
      const pages = Math.max(1, Math.ceil(this.shown.length / this.size));
      const from = this.page * this.size;
      const rows = this.shown.slice(from, from + this.size);
      this.body.replaceChildren(...rows.flatMap((i) => this.row(i)));
      const all = this.listing.rows.length;
      this.count.textContent = this.shown.length === all ? plural(all, 'row', 'rows') : this.shown.length.toLocaleString('en') + ' of ' + plural(all, 'row', 'rows');
      this.empty.hidden = this.shown.length > 0;
      this.table.hidden = this.shown.length === 0;
      this.pageText.textContent = 'Page ' + (this.page + 1) + ' of ' + pages;
      this.previous.disabled = this.page === 0;
      this.next.disabled = this.page >= pages - 1;
      this.pages.hidden = all <= 25;
    }

    row(i) {
      const { columns, rows, links } = this.listing;
      const item = this.details[i];
      const name = rows[i][this.nameColumn];
      const rowId = 'grid' + this.number + '-detail-' + i;
      const cells = columns.map((column, c) => {
        const text = rows[i][c];
        let content = column.kind === 'status' && text ? badge(text) : text;
        if (c === this.nameColumn && item) {
          content = h('button', { type: 'button', class: 'open', 'aria-expanded': String(this.open.has(i)), 'aria-controls': rowId, onclick: () => this.toggle(i) }, name || '(no name)');
        }
        if (links && isLink(links[i]) && (column.label === 'Card' || (c === this.nameColumn && !item))) content = link(links[i], text);
        return h('td', { class: column.kind + (text === '' ? ' blank' : ''), role: 'cell', 'data-label': column.label }, content);
      });
      const line = h('tr', { class: 'row', role: 'row', 'data-row': i }, cells);
      return this.open.has(i) ? [line, this.detailRow(i, rowId)] : [line];
    }

    detailRow(i, rowId) {
      return h('tr', { class: 'detail', id: rowId, role: 'row' },
        h('td', { colspan: this.listing.columns.length, role: 'cell' }, detailOf(this.details[i])));
    }

    // Only the row itself changes: the page does not jump.
    toggle(i) {
      const line = this.body.querySelector('tr[data-row="' + i + '"]');
      const button = line.querySelector('button.open');
      if (this.open.delete(i)) {
        line.nextElementSibling.remove();
      } else {
        this.open.add(i);
        line.after(this.detailRow(i, button.getAttribute('aria-controls')));
        const id = this.details[i].id;
        if (typeof id === 'string') history.replaceState(null, '', '#' + encodeURIComponent(id));
      }
      button.setAttribute('aria-expanded', String(this.open.has(i)));
    }

    // Opens the item that the address names (#ID): a link to one KPI.
    reveal(id) {
      const i = this.details.findIndex((item) => item.id === id);
      if (i < 0) return;
      this.page = Math.floor(this.shown.indexOf(i) / this.size);
      this.open.add(i);
      this.draw();
      const line = this.body.querySelector('tr[data-row="' + i + '"]');
      line.scrollIntoView({ block: 'start' });
      line.querySelector('button.open').focus({ preventScroll: true });
    }
  }

  // ---- Charts: bars of the main listing; a bar is also a filter

  const chartRows = 12;

  function chartGroups(chart, rows) {
    const groups = new Map();
    if (chart.scores) for (let i = 0; i < 10; i += 1) groups.set(i * 10 + (i === 9 ? '–100' : '–' + (i * 10 + 9)), new Map());
    for (const cells of rows) {
      let key = cells[chart.column];
      if (chart.scores) {
        if (key === '') continue;
        const tens = Math.min(9, Math.floor(Number(key) / 10));
        key = tens * 10 + (tens === 9 ? '–100' : '–' + (tens * 10 + 9));
      }
      if (!groups.has(key)) groups.set(key, new Map());
      const tone = chart.split >= 0 ? toneOf(cells[chart.split]) || 'plain' : 'plain';
      groups.get(key).set(tone, (groups.get(key).get(tone) || 0) + 1);
    }
    const total = (parts) => [...parts.values()].reduce((sum, count) => sum + count, 0);
    const list = [...groups].map(([key, parts]) => ({ key, parts, total: total(parts) }));
    return chart.scores ? list : list.sort((a, b) => b.total - a.total || collator.compare(a.key, b.key));
  }

  function drawChart(chart, grid) {
    const { rows, columns } = grid.listing;
    const groups = chartGroups(chart, rows);
    if (groups.every((group) => group.total === 0) || (!chart.scores && groups.length < 2)) return null;
    const most = Math.max(...groups.map((group) => group.total));
    const tones = ['good', 'fair', 'bad', 'muted', 'plain'];
    const words = new Map(); // tone -> the statuses it stands for
    if (chart.split >= 0) {
      for (const cells of rows) {
        const tone = toneOf(cells[chart.split]) || 'plain';
        if (!words.has(tone)) words.set(tone, new Set());
        words.get(tone).add(cells[chart.split] || 'none');
      }
    }
    const buttons = [];
    const bars = groups.map((group) => {
      const parts = tones.filter((tone) => group.parts.has(tone)).map((tone) => [tone, group.parts.get(tone)]);
      const said = parts.map(([tone, count]) => count + (words.has(tone) ? ' ' + [...words.get(tone)].join(' or ') : '')).join(', ');
      const button = h('button', { type: 'button', title: (group.key || '(none)') + ': ' + said, disabled: chart.scores,
        onclick: () => grid.choose(chart.column, grid.facets.get(chart.column) === group.key ? null : '=' + group.key) },
      h('span', { class: 'name' }, group.key || '(none)'), bar(parts, most, said), h('span', { class: 'count' }, group.total.toLocaleString('en')));
      if (!chart.scores) buttons.push([button, group.key]);
      return h('li', null, button);
    });
    const press = () => buttons.forEach(([button, key]) => button.setAttribute('aria-pressed', String(grid.facets.get(chart.column) === key)));
    grid.filtered.push(press);
    press();
    const list = h('ul', { class: 'bars' }, chart.scores ? bars : bars.slice(0, chartRows));
    const rest = chart.scores ? [] : bars.slice(chartRows);
    const more = rest.length > 0 && h('button', { type: 'button', class: 'more', onclick: () => { list.append(...rest); more.remove(); } }, 'Show ' + rest.length + ' more');
    const legend = words.size > 1 && h('ul', { class: 'legend' }, tones.filter((tone) => words.has(tone)).map((tone) => h('li', null,
      svg('svg', { viewBox: '0 0 10 10', 'aria-hidden': 'true' }, svg('rect', { class: tone, width: 10, height: 10 })), [...words.get(tone)].join(', '))));
    const of = columns[chart.column].label.toLowerCase();
    return h('section', { class: chart.scores ? 'chart scores' : 'chart', 'aria-label': chart.title }, h('h2', null, chart.title), legend, list, more,
      !chart.scores && h('p', { class: 'hidden' }, 'Each bar filters the table by ' + of + '.'));
  }

  // ---- The page

  const whenIdle = window.requestIdleCallback || ((work) => setTimeout(work, 300));
  const grids = data.listings.map((listing, i) => new Grid(listing, i === 0 ? data.details : [], i));
  const main = document.getElementById('main');
  main.append(...grids.map((grid) => grid.section));
  whenIdle(() => grids[0].texts()); // so that the first search does not wait for it
  const charts = data.charts.map((chart) => drawChart(chart, grids[0])).filter(Boolean);
  document.getElementById('charts').append(...charts);
  if (grids[0].listing.rows.length === 0) main.prepend(h('p', { class: 'empty' }, 'The report is empty.'));

  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      grids[0].search.focus();
    }
    if (event.key === 'Escape' && event.target === grids[0].search) grids[0].reset();
  });
  const wanted = () => { try { return decodeURIComponent(location.hash.slice(1)); } catch { return ''; } };
  if (wanted()) grids[0].reveal(wanted());
  window.addEventListener('hashchange', () => grids[0].reveal(wanted()));
})();
