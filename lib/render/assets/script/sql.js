// SQL: highlighted, copied, and the place in it that a finding points to.
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
