"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  root.classList.add("js");

  // Light or dark: as the system has it, until the button is pressed.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const showTheme = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  system.addEventListener("change", showTheme);
  showTheme();

  // A row that opens is a body of its own: the row, then its details.
  const itemsOf = (table) =>
    table.dataset.bodies === "rows" ? Array.from(table.tBodies) : Array.from(table.tBodies[0].rows);

  const valueOf = (item, column) => {
    const row = item.rows ? item.rows[0] : item;
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent.trim() : cell.dataset.value;
  };

  const sort = (table, heading) => {
    const isNumber = heading.dataset.sort === "number";
    const before = heading.getAttribute("aria-sort");
    const first = isNumber ? "descending" : "ascending";
    const other = isNumber ? "ascending" : "descending";
    const order = before === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    const compare = isNumber
      ? (one, two) => Number(one) - Number(two)
      : (one, two) => one.localeCompare(two, "en", { sensitivity: "base" });
    const column = heading.cellIndex;
    const keyed = itemsOf(table).map((item) => [valueOf(item, column), item]);
    keyed.sort((one, two) => sign * compare(one[0], two[0]));
    for (const each of all("th[aria-sort]", table)) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const foot = table.tFoot;
    for (const [, item] of keyed) {
      if (item.rows) table.insertBefore(item, foot);
      else table.tBodies[0].append(item);
    }
  };
  for (const heading of all("th[data-sort]")) {
    heading.firstElementChild.addEventListener("click", () => sort(heading.closest("table"), heading));
  }

  for (const opener of all("button.open")) {
    opener.addEventListener("click", () => {
      const isOpen = opener.closest("tbody").classList.toggle("is-open");
      opener.setAttribute("aria-expanded", String(isOpen));
    });
  }

  for (const form of all("[data-filters]")) {
    const table = document.getElementById(form.dataset.filters);
    const status = form.querySelector("[role=status]");
    const texts = new Map(itemsOf(table).map((item) => [item, item.textContent.toLowerCase()]));
    const filter = () => {
      const words = form.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
      const choices = all("select", form).filter((select) => select.value);
      let shown = 0;
      for (const [item, text] of texts) {
        const isShown =
          words.every((word) => text.includes(word)) &&
          choices.every((select) => item.dataset[select.name] === select.value);
        item.hidden = !isShown;
        shown += isShown;
      }
      status.textContent = `${shown} of ${texts.size} shown`;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
})();
