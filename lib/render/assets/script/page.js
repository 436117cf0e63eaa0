// The page of any kpi report, put together.
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
