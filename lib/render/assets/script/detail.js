// What is known of one item: a KPI, a table.
const facts = (pairs) => h('dl', null, pairs.filter(([, value]) => value !== '' && value !== null && value !== undefined)
  .map(([label, value]) => [h('dt', null, label), h('dd', null, value)]));

function scoreTable(score, name) {
  const parts = score.components || [];
  if (parts.length === 0) return [h('h3', null, 'Score ' + score.total), h('p', null, score.formula.replace(/^0: /, ''))];
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

// "amount (Decimal, 3 to 90.5, 4% null)"
const spanText = (column) => (column.min == null ? '' : column.min === column.max ? 'always ' + column.min : column.min + ' to ' + column.max);
function columnText(column) {
  const told = [(column.type || '').replace(/^type\//, ''), spanText(column), column.null_share > 0 && (100 * column.null_share).toFixed(0) + '% null'].filter(Boolean);
  return column.name + (told.length > 0 ? ' (' + told.join(', ') + ')' : '');
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
      ['Value', run && run.value != null && String(run.value)],
      ['Columns', run && (run.columns || []).map(columnText).join(', ')],
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
