"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const by = id => document.getElementById(id);
  const plain = text => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const tools = by("tools"), search = by("search"), role = by("role"), unfold = by("unfold"), count = by("count");
  const words = (selector, within) => plain(all(selector, within).map(one => one.textContent).join(" | "));
  const folds = all(".patients details").map(fold => ({ fold, text: words("dd", fold) }));
  const only = all("[data-only]", tools), show = all("[data-show]", tools);

  const rows = all(".patients tbody tr").map(row => ({
    row,
    marks: row.dataset.marks.split(" "),
    text: words(".find, dd", row),
  }));
  const lists = all("main section").map(section => ({
    section,
    rows: rows.filter(one => section.contains(one.row)),
  }));

  const beside = all(".beside tbody tr").map(row => ({ row, text: plain(row.textContent) }));

  const matches = (one, query) =>
    one.text.includes(query) &&
    only.every(box => !box.checked || one.marks.includes(box.dataset.only)) &&
    show.every(box => box.checked || !one.marks.includes(box.dataset.show));

  function filter() {
    const query = plain(search.value);
    let shown = 0;
    for (const { section, rows } of lists) {
      const asked = !role || !role.value || role.value === section.id;
      const found = rows.filter(one => asked && matches(one, query));
      rows.forEach(one => { one.row.hidden = !found.includes(one); });
      section.hidden = !asked;
      shown += found.length;
      if (rows.length) tell(section, found.length, rows.length);
    }
    count.textContent = `${shown} of ${rows.length} places shown`;
    for (const { row, text } of beside) row.hidden = !text.includes(query);
    for (const { fold, text } of folds) fold.open = unfold.checked || (query !== "" && text.includes(query));
  }

  function tell(section, found, listed) {
    section.querySelector(".patients").hidden = !found;
    section.querySelector(".nobody").hidden = Boolean(found);
    section.querySelector(".narrowed").textContent = found < listed ? `Filtered: ${found} of ${listed} shown.` : "";
  }

  const order = new Intl.Collator("en-GB", { numeric: true });
  function sort(heading) {
    const labels = heading.parentElement, body = heading.closest("table").tBodies[0];
    const rising = heading.getAttribute("aria-sort") === "ascending";
    const descending = heading.hasAttribute("aria-sort") ? rising : heading.classList.contains("risk");
    const key = row => {
      const cell = row.cells[heading.cellIndex];
      return cell.dataset.order ?? (cell.querySelector(".find") ?? cell).textContent.trim();
    };
    const compare = (a, b) => (a === "") - (b === "") || order.compare(a, b) * (descending ? -1 : 1);
    body.append(...[...body.rows].sort((a, b) => compare(key(a), key(b)) || a.dataset.place - b.dataset.place));
    all("[aria-sort]", labels).forEach(other => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }

  rows.forEach(({ row }, place) => { row.dataset.place = place; });
  for (const heading of all(".patients .labels th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
    if (heading.classList.contains("rank")) heading.setAttribute("aria-sort", "ascending");
  }

  const day = new Date();
  const today = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map(part => String(part).padStart(2, "0")).join("-");
  const banner = by("expired");
  if (banner) banner.hidden = today <= banner.dataset.until;

  tools.addEventListener("input", filter);
  tools.addEventListener("reset", () => setTimeout(filter));
  tools.addEventListener("submit", event => event.preventDefault());
  by("print").addEventListener("click", () => print());
  tools.hidden = false;
  filter();
})();
