// Theme: automatic, light, dark.
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
