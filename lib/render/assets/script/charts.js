// Charts: bars of the main listing; a bar is also a filter.
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
    h('span', { class: 'name' }, breakable(group.key || '(none)')), bar(parts, most, said), h('span', { class: 'count' }, group.total.toLocaleString('en')));
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
