// What the page is made of: nodes, badges, links, bars. Every name in the data may be hostile: all of them become
// text nodes or attributes, never markup.
const data = JSON.parse(document.getElementById('data').textContent);
const svgSpace = 'http://www.w3.org/2000/svg';
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

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
// A name may break after an underscore or a point, rather than within a word.
const breakable = (text) => text.split(/(?<=[_.])(?=[^_.])/).flatMap((part, i) => (i > 0 ? [h('wbr'), part] : [part]));
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
