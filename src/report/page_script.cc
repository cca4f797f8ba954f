// Holds the script of a page as text.
#include "report/page_script.h"

namespace carousel::report {

// Scales and ticks are those of scale.cc, the drawing is that of svg.cc: a chart looks the same when it is
// drawn anew. Two slashes never stand side by side, so that a search for addresses finds none.
std::string_view page_script() {
  return R"script("use strict";
(() => {
const finite = Number.isFinite, wide = text => 6.8 * [...text].length;
const esc = text => String(text).replace(/[&<>"']/g, c => "&#" + c.charCodeAt(0) + ";");
const show = v => finite(v) ? String(+v.toPrecision(6)) : "–";

/* Axes. */
const nice = step => {
  const decade = 10 ** Math.floor(Math.log10(step));
  return decade * ([1, 2, 5].find(f => step <= f * decade * (1 + 1e-9)) || 10);
};
function tickLabel(v, step) {
  if (Math.abs(v) < step * 1e-6) return "0";
  if (Math.abs(v) >= 1e7 || step < 1e-5) return String(+v.toPrecision(6));
  return v.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));
}
function ticks(low, high, log, count, whole) {
  const out = [], decades = Math.log10(high) - Math.log10(low);
  if (log && decades > Math.log10(5)) {
    const between = decades <= count / 2, stride = between ? 1 : Math.max(1, nice(Math.max(0.75 * decades / count, 1)));
    for (let e = Math.floor(Math.log10(low) / stride) * stride; e <= Math.log10(high); e += stride)
      for (const f of between ? [1, 2, 5] : [1]) {
        const v = f * 10 ** e;
        if (v >= low && v <= high) out.push([v, e > -5 && e < 6 ? String(+v.toPrecision(6)) : f + "e" + e]);
      }
    return out;
  }
  let step = nice((high - low) / Math.max(count, 1));
  if (whole) step = Math.max(step, 1);
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
    out.push([i * step, tickLabel(i * step, step)]);
  return out;
}
function nameTicks(low, high, chart, letters) {
  const from = Math.max(chart.first, Math.ceil(low)), to = Math.min(chart.first + chart.names.length - 1, Math.floor(high));
  const name = i => chart.names[i - chart.first], room = length => Math.max(1, Math.floor(letters / (length + 4)));
  const rows = [];
  for (let i = from; i <= to; ++i) rows.push(i);
  const dates = rows.every(i => /^\d{4}[-\/]\d\d/.test(name(i)));
  for (const length of dates ? [4, 7, 10, 13] : []) {
    const changes = rows.filter(i => i > from && name(i).slice(0, length) !== name(i - 1).slice(0, length));
    if (changes.length < 3) continue;
    const step = Math.max(1, changes.length <= room(length) ? 1 : nice(changes.length / room(length)));
    return changes.filter((i, k) => (length === 4 ? +name(i).slice(0, 4) : k) % step === 0).map(i => [i, name(i).slice(0, length)]);
  }
  const count = room(Math.max(1, ...rows.map(i => [...name(i)].length)));
  const step = rows.length <= count ? 1 : Math.max(1, Math.ceil(nice(rows.length / count)));
  return rows.filter((i, k) => k % step === 0).map(i => [i, name(i)]);
}

/* A chart's numbers. */
const xOf = (s, i) => s.x ? s.x[i] : (s.from || 0) + i;
const count = s => Math.max(s.y.length, s.low ? s.low.length : 0);
/* The first point at or after x. */
function firstFrom(s, x) {
  if (!s.x) return Math.min(count(s), Math.max(0, Math.ceil(x - (s.from || 0))));
  let a = 0, b = s.x.length;
  while (a < b) { const m = (a + b) >> 1; if (s.x[m] < x) a = m + 1; else b = m; }
  return a;
}
const nameOf = (chart, x) => chart.names && Number.isInteger(x) && chart.names[x - chart.first] || show(x);

function axesOf(figure, part) {
  const { chart, view, log } = figure;
  if (!view && log === chart.log) return part.axes;
  const [from, to] = view || part.axes.x;
  let low = Infinity, high = -Infinity;
  for (const s of chart.series) {
    for (let i = firstFrom(s, from); i < count(s) && xOf(s, i) <= to; ++i)
      for (const v of [s.y[i], s.low && s.low[i], s.high && s.high[i]])
        if (finite(v) && (!log || v > 0)) { low = Math.min(low, v); high = Math.max(high, v); }
    if (s.mark === 2 && !log) { low = Math.min(low, 0); high = Math.max(high, 0); }
  }
  if (low > high) [low, high] = log ? [0.1, 1] : [0, 1];
  else if (log) {
    const air = 10 ** (0.05 * Math.max(Math.log10(high / low), 0.2));
    [low, high] = [low / air, high * air];
  } else {
    const air = high > low ? 0.05 * (high - low) : Math.max(0.5 * Math.abs(high), 0.5);
    [low, high] = [low - air, high + air];
  }
  const yTicks = ticks(low, high, log, Math.floor(part.height / 45));
  const left = Math.max(0, ...yTicks.map(t => wide(t[1]))) + 12;
  return { box: [left, ...part.axes.box.slice(1)], x: [from, to], y: [low, high], yTicks };
}
function place(axes, log) {
  const [left, top, right, bottom] = axes.box, [x0, x1] = axes.x, [y0, y1] = axes.y, f = log ? Math.log : v => v;
  return {
    px: x => left + (x - x0) / (x1 - x0) * (right - left),
    py: y => bottom - (f(y) - f(y0)) / (f(y1) - f(y0)) * (bottom - top),
    at: px => x0 + (px - left) / (right - left) * (x1 - x0)
  };
}

/* The plot drawn anew: what is zoomed or switched. */
function draw(figure, part) {
  const { chart, log } = figure, axes = part.now, { px, py } = place(axes, log), [left, top, right, bottom] = axes.box;
  const p = (x, y) => px(x).toFixed(1) + " " + py(y).toFixed(1);
  const line = (x1, y1, x2, y2, color, more) => `<line x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}" stroke="var(--${color})" ${more || ""}/>`;
  const text = (x, y, anchor, words) => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="var(--dim)">${esc(words)}</text>`;
  let out = "", inside = "";
  for (const [a, b] of chart.spans) {
    const x = Math.max(px(a), left), end = Math.min(px(b), right);
    if (end > x) out += `<rect x="${x}" y="${top}" width="${end - x}" height="${bottom - top}" fill="var(--shade)"/>`;
  }
  for (const [v, label] of axes.yTicks) out += line(left, py(v), right, py(v), "grid") + text(left - 6, py(v) + 4, "end", label);
  out += line(left, bottom, right, bottom, "dim");
  let free = -Infinity;
  const xTicks = chart.names ? nameTicks(...axes.x, chart, Math.floor((right - left) / 6.8))
                             : ticks(...axes.x, false, Math.max(2, Math.floor(part.width / 95)), chart.whole);
  for (const [v, label] of xTicks) {
    const half = wide(label) / 2, center = Math.min(Math.max(px(v), half), part.width - half);
    if (center - half < free) continue;
    out += line(px(v), bottom, px(v), bottom + 4, "dim") + text(center, bottom + 17, "middle", label);
    free = center + half + 10;
  }
  if (chart.x) out += text((left + right) / 2, part.height - 6, "middle", chart.x);
  for (const bands of [true, false]) for (const s of chart.series) {
    const from = Math.max(0, firstFrom(s, axes.x[0]) - 1), to = Math.min(count(s), firstFrom(s, axes.x[1]) + 2);
    let path = "", lower = [], dots = [], run = 0, stems = "";
    const close = () => { if (lower.length) path += lower.reverse().join("") + "Z"; lower = []; run = 0; };
    for (let i = from; i < to; ++i) {
      const x = xOf(s, i);
      if (bands) {
        const low = s.low && s.low[i], high = s.high && s.high[i];
        if (!finite(low) || !finite(high) || (log && high <= 0)) { close(); continue; }
        path += (run++ ? "L" : "M") + p(x, high);
        lower.push("L" + (log && low <= 0 ? px(x).toFixed(1) + " " + bottom : p(x, low)));
      } else {
        const y = s.y[i];
        if (!finite(y) || (log && y <= 0)) { if (run === 1) dots.push(p(xOf(s, i - 1), s.y[i - 1])); run = 0; continue; }
        if (s.mark) { dots.push(p(x, y)); stems += "M" + p(x, y) + "V" + py(0).toFixed(1); continue; }
        path += (run++ ? "L" : "M") + p(x, y);
      }
    }
    if (bands) { close(); if (path) inside += `<path d="${path}" fill="var(--c${s.color})" fill-opacity="0.16"/>`; continue; }
    if (run === 1 || (run && s.dot)) dots.push(p(xOf(s, to - 1), s.y[to - 1]));
    const dash = s.dash ? `stroke-dasharray="${s.dash}"` : "", stroke = `fill="none" stroke="var(--c${s.color})"`;
    if (s.mark === 2) path = stems;
    if (path) inside += `<path d="${path}" ${stroke} stroke-width="1.8" stroke-linejoin="round" ${dash}/>`;
    if (dots.length) inside += `<path d="${dots.map(d => "M" + d + "h0").join("")}" ${stroke} stroke-linecap="round" stroke-width="${s.mark ? 5 : 6}" ${s.mark === 1 ? 'stroke-opacity="0.55"' : ""}/>`;
  }
  for (const xs of chart.strokes)
    inside += `<path d="${xs.map(x => "M" + px(x).toFixed(1) + " " + bottom + "v-8").join("")}" fill="none" stroke="var(--ink)"/>`;
  /* An inner <svg> cuts off what is beyond the axes. */
  out += `<svg x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" viewBox="${left} ${top} ${right - left} ${bottom - top}">${inside}</svg>`;
  for (const [x, label] of chart.markers) if (x >= axes.x[0] && x <= axes.x[1]) {
    const fits = px(x) + 6 + wide(label) < right;
    out += line(px(x), top, px(x), bottom, "dim", 'stroke-dasharray="3 3"') + text(px(x) + (fits ? 5 : -5), top + 10, fits ? "start" : "end", label);
  }
  part.plot.innerHTML = out;
}
function refresh(figure) {
  for (const part of figure.parts) {
    part.now = axesOf(figure, part);
    if (part.now === part.axes) part.plot.innerHTML = part.first; else draw(figure, part);
    if (part.yName) part.yName.textContent = figure.chart.y + (figure.log ? ", logarithmic" : "");
    part.hover.innerHTML = "";
  }
  figure.tip.hidden = true;
  figure.whole.hidden = !figure.view;
  if (figure.scale) figure.scale.textContent = figure.log ? "linear axis" : "logarithmic axis";
}

/* Values under the pointer. */
function nearest(figure, part, px, py) {
  const { chart, log } = figure, at = place(part.now, log), [from, to] = part.now.x;
  let best = null, least = Infinity;
  for (const s of chart.series) {
    if (!s.name) continue;
    const flat = s.mark !== 1, near = firstFrom(s, at.at(px));
    let a = flat ? near : 0, b = flat ? near : count(s) - 1;
    if (flat) {
      const known = i => i < 0 || i >= count(s) || finite(s.y[i]);
      while (!known(a - 1)) --a;
      --a;
      while (!known(b)) ++b;
    }
    for (let i = Math.max(0, a); i <= Math.min(b, count(s) - 1); ++i) {
      const x = xOf(s, i), y = s.y[i];
      if (!finite(y) || x < from || x > to || (s.tied && i === 0)) continue;
      const d = flat ? Math.abs(at.px(x) - px) : Math.hypot(at.px(x) - px, at.py(y) - py);
      if (d < least) { least = d; best = { x, s, i }; }
    }
  }
  return best;
}
function ask(figure, part, px, py) {
  const best = nearest(figure, part, px, py);
  if (!best) return leave(figure);
  const { chart, log } = figure, at = place(part.now, log), [, top, , bottom] = part.now.box;
  const points = best.s.mark === 1;
  let marks = points ? "" : `<line x1="${at.px(best.x)}" x2="${at.px(best.x)}" y1="${top}" y2="${bottom}" stroke="var(--ink)"/>`, rows = "";
  for (const s of points ? [best.s] : chart.series) {
    const i = points ? best.i : firstFrom(s, best.x);
    if (!s.name || xOf(s, i) !== best.x || !finite(s.y[i]) || (s.tied && i === 0)) continue;
    if (!log || s.y[i] > 0) marks += `<circle cx="${at.px(best.x)}" cy="${at.py(s.y[i])}" r="4" fill="var(--paper)" stroke="var(--c${s.color})" stroke-width="2"/>`;
    const band = s.low && s.low[i] !== s.high[i] ? ` (${show(s.low[i])} to ${show(s.high[i])})` : "";
    const key = `<svg class="key" viewBox="0 0 18 8"><path d="M0 4h18" stroke="var(--c${s.color})" stroke-width="2.5" stroke-dasharray="${s.dash}"/></svg>`;
    rows += points ? `<tr><td>${esc(chart.x)}</td><td>${show(best.x)}</td></tr><tr><td>${esc(chart.y)}</td><td>${show(s.y[i])}</td></tr>`
                   : `<tr><td>${key}${esc(s.name)}</td><td>${show(s.y[i])}${band}</td></tr>`;
  }
  const head = points ? best.s.labels && best.s.labels[best.i] || "" : chart.names ? nameOf(chart, best.x) : `${chart.x} ${show(best.x)}`;
  for (const other of figure.parts) other.hover.innerHTML = other === part ? marks : "";
  figure.at = { part, x: best.x };
  const tip = figure.tip, scale = part.svg.getBoundingClientRect().width / part.width;
  tip.innerHTML = `<b>${esc(head)}</b><table>${rows}</table>`;
  tip.hidden = false;
  const x = at.px(best.x) * scale, width = figure.box.clientWidth, right = x + 14;
  tip.style.left = Math.max(0, right + tip.offsetWidth > width ? Math.min(x - 14, width) - tip.offsetWidth : right) + "px";
  tip.style.top = top * scale + 4 + "px";
}
function leave(figure) {
  figure.tip.hidden = true;
  for (const part of figure.parts) part.hover.innerHTML = "";
}

function listen(figure, part) {
  const { svg } = part;
  let start = null;
  const point = event => {
    const r = svg.getBoundingClientRect(), [left, , right] = part.now.box;
    return [Math.min(right, Math.max(left, (event.clientX - r.left) * part.width / r.width)), (event.clientY - r.top) * part.height / r.height];
  };
  svg.addEventListener("pointerdown", event => {
    if (event.button) return;
    start = point(event)[0];
    svg.setPointerCapture(event.pointerId);
    ask(figure, part, ...point(event));
  });
  svg.addEventListener("pointermove", event => {
    const [x, y] = point(event);
    if (start === null || Math.abs(x - start) < 8) return ask(figure, part, x, y);
    const [, top, , bottom] = part.now.box;
    figure.tip.hidden = true;
    part.hover.innerHTML = `<rect x="${Math.min(x, start)}" y="${top}" width="${Math.abs(x - start)}" height="${bottom - top}" fill="var(--c1)" fill-opacity="0.18"/>`;
  });
  svg.addEventListener("pointerup", event => {
    const from = start, x = point(event)[0];
    start = null;
    if (from === null || Math.abs(x - from) < 8) return;
    const at = place(part.now, figure.log).at, view = [at(Math.min(from, x)), at(Math.max(from, x))];
    const inside = figure.chart.series.some(s => firstFrom(s, view[1]) - firstFrom(s, view[0]) > 1);
    if (inside) figure.view = view;
    refresh(figure);
  });
  svg.addEventListener("pointercancel", () => { start = null; leave(figure); });
  svg.addEventListener("pointerleave", event => { if (start === null && event.pointerType === "mouse") leave(figure); });
  svg.addEventListener("dblclick", () => { figure.view = null; refresh(figure); });
  svg.addEventListener("blur", () => leave(figure));
  svg.addEventListener("keydown", event => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const known = figure.chart.series.filter(s => s.name && s.mark !== 1), [from, to] = part.now.x;
    let next = way > 0 ? Infinity : -Infinity;
    const now = figure.at && !figure.tip.hidden ? figure.at.x : way > 0 ? from - 1 : to + 1;
    for (const s of known) for (let i = 0; i < count(s); ++i) {
      const x = xOf(s, i);
      if (finite(s.y[i]) && x >= from && x <= to && (way > 0 ? x > now && x < next : x < now && x > next)) next = x;
    }
    if (finite(next)) ask(figure, part, place(part.now, figure.log).px(next), 0);
  });
}

const figures = [];
for (const box of document.querySelectorAll("figure")) {
  const data = box.querySelector("script");
  if (!data) continue;
  const chart = JSON.parse(data.textContent);
  const figure = { box, chart, view: null, log: chart.log, parts: [], at: null };
  const button = (words, use) => {
    const made = document.createElement("button");
    made.textContent = words;
    made.addEventListener("click", () => { use(); refresh(figure); });
    tools.append(made);
    return made;
  };
  const tools = document.createElement("div");
  tools.className = "tools";
  figure.whole = button("whole range", () => { figure.view = null; });
  if (chart.switch && chart.series.every(s => s.y.every(v => !finite(v) || v > 0)))
    figure.scale = button("", () => { figure.log = !figure.log; });
  figure.tip = document.createElement("div");
  figure.tip.className = "tip";
  figure.tip.setAttribute("role", "status");
  box.append(tools, figure.tip);
  for (const svg of box.querySelectorAll("svg.chart")) {
    const plot = svg.querySelector("g.plot"), [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const read = name => plot.getAttribute("data-" + name).split(" ").map(Number);
    svg.insertAdjacentHTML("beforeend", '<g class="hover" pointer-events="none"></g>');
    svg.tabIndex = 0;
    const axes = { box: read("box"), x: read("x"), y: read("y") };
    const part = { svg, plot, width, height, axes, now: axes, first: plot.innerHTML, hover: svg.lastElementChild, yName: svg.querySelector("text.y") };
    figure.parts.push(part);
    listen(figure, part);
  }
  refresh(figure);
  figures.push(figure);
}
addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  for (const figure of figures) { figure.view = null; refresh(figure); }
});
/* On paper nothing is folded. */
addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details:not([open])")) { d.open = true; d.dataset.folded = ""; } });
addEventListener("afterprint", () => { for (const d of document.querySelectorAll("details[data-folded]")) { d.open = false; delete d.dataset.folded; } });
const hint = document.querySelector(".hint");
if (hint && figures.length) hint.hidden = false;
})();
)script";
}

}  // namespace carousel::report
