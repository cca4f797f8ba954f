// Writes a run's report as one HTML file.
#include "report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/chart_data.h"
#include "report/page_script.h"
#include "report/svg.h"

namespace carousel::report {
namespace {

constexpr std::string_view kStyle = R"(
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:808px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:16px;font-weight:600;color:var(--dim);margin:0 0 6px}
.verdict{font-size:24px;line-height:1.3;margin:0 0 22px;text-wrap:balance}
h2{font-size:18px;margin:38px 0 10px}
p{margin:0 0 12px;max-width:68ch}
dl{display:grid;grid-template-columns:repeat(var(--columns),1fr);gap:10px 22px;margin:0;padding:14px 0;
border:solid var(--grid);border-width:1px 0}
dt{color:var(--dim);font-size:13px}dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:0 0 12px}
th{color:var(--dim);font-size:13px;font-weight:400}
th,td{padding:6px 0 6px 18px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
td:first-child{white-space:pre-line}
tr.bold td{font-weight:600}
td.bar{min-width:130px;background:linear-gradient(var(--bar),var(--bar)) no-repeat right 0 bottom 4px/calc(var(--share)*(100% - 10px)) 3px}
td.bar{--bar:var(--c0)}tr.bold td.bar{--bar:var(--c2)}
pre{background:var(--shade);padding:14px;overflow-x:auto;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;border-radius:6px}
summary{cursor:pointer;color:var(--c1)}
figure{margin:0 0 22px;position:relative}.chart{display:block;width:100%;height:auto;font:12px system-ui,sans-serif;overflow:visible;touch-action:pan-y;user-select:none;-webkit-user-select:none}
.chart:focus{outline:0}.chart:focus-visible{outline:2px solid var(--c1);outline-offset:4px}
.narrow{display:none}
.pair{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:0 28px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:18px 22px;margin:0 0 22px}
.cards h3{font-size:14px;margin:6px 0 0}.cards p{font-size:13px;color:var(--dim);margin:0;white-space:pre-line}
td.shade{white-space:pre;text-align:center;line-height:1.25;padding:6px 8px;background:color-mix(in srgb,var(--c1) calc(var(--share)*55%),transparent);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.shades{table-layout:fixed;min-width:calc(var(--columns)*52px)}.shades th:not(:first-child){text-align:center;padding:6px 2px}
.words th,.words td{text-align:left;white-space:normal;overflow-wrap:anywhere;vertical-align:top}
details{margin:0 0 12px}
[hidden]{display:none!important}
.hint{color:var(--dim);font-size:13px;margin:12px 0 0}
.tools{display:flex;gap:8px;justify-content:flex-end}
button{font:13px system-ui,sans-serif;color:var(--c1);background:var(--paper);border:1px solid var(--grid);border-radius:6px;padding:4px 10px;cursor:pointer}
.tip{position:absolute;pointer-events:none;z-index:1;background:var(--paper);border:1px solid var(--dim);border-radius:6px;padding:6px 10px;font-size:13px}
.tip table{margin:0;width:auto}.tip td{padding:1px 0 1px 14px;border:0}.tip td:first-child{padding:1px 0}
.key{width:18px;height:8px;margin-right:6px}
footer{margin-top:44px;color:var(--dim);font-size:13px}
@media(max-width:600px){main{padding:20px 14px 36px}.verdict{font-size:20px}.wide{display:none}.narrow{display:block}dl{--columns:2!important}
table{font-size:14px}th,td{padding-left:10px}th:first-child,td:first-child{white-space:normal}td.bar{min-width:0}}
@media print{body{font-size:10pt}main{max-width:none;padding:0}.verdict{font-size:15pt}pre,.scroll{overflow:visible}pre{white-space:pre-wrap}th,td:not(.shade){white-space:normal}
p,pre,figure,.pair,tr,.cards>div,dl{break-inside:avoid}h2,section>p{break-after:avoid}h2{margin-top:22px}figure{margin-bottom:12px;max-width:690px}th,td{padding-top:3px;padding-bottom:3px}
.words{font-size:9pt;line-height:1.3}details .scroll{columns:2;column-gap:28px}footer{margin-top:12px}.tools,.tip,.hover,.hint,summary{display:none!important}
details::details-content{content-visibility:visible;display:block}
td.bar{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

/// Nothing may be fetched from anywhere; what stands in the page itself may run.
constexpr std::string_view kPolicy =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'\"/>\n";

constexpr Size kNarrow{362, 260};

void add_table(std::string& out, const Table& table) {
  if (!table.folded.empty()) out += fmt::format("<details><summary>{}</summary>\n", escape(table.folded));
  const std::string look =
      table.words            ? " class=\"words\""
      : table.shades.empty() ? ""
                             : fmt::format(" class=\"shades\" style=\"--columns:{}\"", table.columns.size());
  out += fmt::format("<div class=\"scroll\"><table{}><thead><tr>", look);
  for (const std::string& column : table.columns) out += "<th>" + escape(column) + "</th>";
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    out += static_cast<int>(i) == table.emphasised ? "<tr class=\"bold\">" : "<tr>";
    for (std::size_t k = 0; k < table.rows[i].size(); ++k) {
      const bool bar =
          i < table.bars.size() && static_cast<int>(k) == table.bar_column && std::isfinite(table.bars[i]);
      if (bar)
        out +=
            fmt::format("<td class=\"bar\" style=\"--share:{:.3f}\">", std::clamp(table.bars[i], 0.0, 1.0));
      else if (const std::size_t at = i * (table.columns.size() - 1) + k - 1;
               k > 0 && at < table.shades.size())
        out += fmt::format("<td class=\"shade\" style=\"--share:{:.3f}\">",
                           std::clamp(table.shades[at], 0.0, 1.0));
      else
        out += "<td>";
      out += escape(table.rows[i][k]) + "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  if (!table.folded.empty()) out += "</details>\n";
}

/// A figure with its chart, for wide and for narrow screens (a half one is always narrow), and its numbers.
void add_chart(std::string& out, const Chart& chart) {
  out += "<figure>";
  out += chart.half ? svg(chart, kNarrow)
                    : fmt::format("<div class=\"wide\">{}</div><div class=\"narrow\">{}</div>", svg(chart),
                                  svg(chart, kNarrow));
  out += "<script type=\"application/json\">" + chart_json(chart) + "</script></figure>\n";
}

void add_charts(std::string& out, const std::vector<Chart>& charts) {
  bool paired = false;
  for (const Chart& chart : charts) {
    if (chart.half != paired) out += paired ? "</div>\n" : "<div class=\"pair\">\n";
    paired = chart.half;
    add_chart(out, chart);
  }
  if (paired) out += "</div>\n";
}

void add_cards(std::string& out, const std::vector<Card>& cards) {
  if (cards.empty()) return;
  out += "<div class=\"cards\">\n";
  for (const Card& card : cards)
    out += fmt::format("<div>{}<h3>{}</h3><p>{}</p></div>\n",
                       card.heat_map.columns > 0 ? svg(card.heat_map, card.size) : svg(card.chart, card.size),
                       escape(card.title), escape(card.text));
  out += "</div>\n";
}

void add_paragraphs(std::string& out, const std::string& text) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    out += fmt::format("<p>{}</p>\n", escape(text.substr(from, end - from)));
    from = end + 1;
  }
}

/// With no break between a number and its percent sign.
std::string unbroken(std::string text) {
  for (std::size_t at = 0; (at = text.find(" %", at)) != text.npos;) text.replace(at, 1, "\u00a0");
  return text;
}

}  // namespace

std::string html(const Page& page) {
  const bool heat = std::any_of(page.sections.begin(), page.sections.end(), [](const Section& section) {
    return !section.heat_maps.empty() || std::any_of(section.cards.begin(), section.cards.end(),
                                                     [](const Card& c) { return c.heat_map.columns > 0; });
  });
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  out += kPolicy;
  out += fmt::format("<title>{}</title>\n<style>{}{}{}</style></head>\n<body><main>\n", escape(page.title),
                     palette_css(), heat ? heat_css() : "", kStyle);
  out += fmt::format("<h1>{}</h1>\n", escape(page.title));
  if (!page.verdict.empty())
    out += fmt::format("<p class=\"verdict\">{}</p>\n", escape(unbroken(page.verdict)));
  if (!page.facts.empty()) {
    // Rows as equal as can be, at most five in one, so that none stands alone.
    const std::size_t count = page.facts.size(), lines = (count + 4) / 5;
    out += fmt::format("<dl style=\"--columns:{}\">", (count + lines - 1) / lines);
    for (const auto& [name, value] : page.facts)
      out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value));
    out += "</dl>\n";
  }
  out +=
      "<p class=\"hint\" hidden=\"\">A chart shows its values under the pointer, or the finger. Drag across "
      "it to see a part, "
      "double click or press Escape to see the whole again.</p>\n";
  for (const Section& section : page.sections) {
    out += fmt::format("<section><h2>{}</h2>\n", escape(section.heading));
    add_paragraphs(out, section.text);
    add_charts(out, section.charts);
    for (const HeatMap& map : section.heat_maps)
      out += fmt::format("<figure><div class=\"wide\">{}</div><div class=\"narrow\">{}</div></figure>\n",
                         svg(map, heat_map_size(map)), svg(map, heat_map_size(map, 362)));
    for (const Table& table : section.tables) add_table(out, table);
    add_cards(out, section.cards);
    if (!section.preformatted.empty())
      out += fmt::format("<details><summary>show</summary><pre>{}</pre></details>\n",
                         escape(section.preformatted));
    out += "</section>\n";
  }
  if (!page.footer.empty()) out += fmt::format("<footer>{}</footer>\n", escape(page.footer));
  return out + fmt::format("</main>\n<script>{}</script></body></html>\n", page_script());
}

}  // namespace carousel::report
