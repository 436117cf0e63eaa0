// A listing: search, filters, sorting, pages.
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

  clear() {
    this.search.value = '';
    this.facets.clear();
    for (const select of this.selects.values()) select.value = '';
    this.sortBy(-1, false);
  }

  reset() {
    this.clear();
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
      let content = column.kind === 'status' && text ? badge(text) : column.facet ? breakable(text) : text;
      if (c === this.nameColumn && item) {
        content = h('button', { type: 'button', class: 'open', 'aria-expanded': String(this.open.has(i)), 'aria-controls': rowId, onclick: () => this.toggle(i) }, breakable(name || '(no name)'));
      }
      if (links && isLink(links[i]) && (column.label === 'Card' || (c === this.nameColumn && !item))) content = link(links[i], text);
      return h('td', { class: column.kind + (c === this.nameColumn ? ' name' : '') + (text === '' ? ' blank' : ''), role: 'cell', 'data-label': column.label }, content);
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
    if (!this.shown.includes(i)) this.clear(); // a search or a filter hides it
    this.page = Math.floor(this.shown.indexOf(i) / this.size);
    this.open.add(i);
    this.draw();
    const line = this.body.querySelector('tr[data-row="' + i + '"]');
    line.scrollIntoView({ block: 'start' });
    line.querySelector('button.open').focus({ preventScroll: true });
  }
}
