// Writes a run's report as one HTML file.
#include "report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
tr.bold td{font-weight:600}
td.bar{min-width:130px;background:linear-gradient(var(--bar),var(--bar)) no-repeat right 0 bottom 4px/calc(var(--share)*(100% - 10px)) 3px}
td.bar{--bar:var(--c0)}tr.bold td.bar{--bar:var(--c2)}
pre{background:var(--shade);padding:14px;overflow-x:auto;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;border-radius:6px}
summary{cursor:pointer;color:var(--c1)}
figure{margin:0 0 22px}.chart{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
.narrow{display:none}
footer{margin-top:44px;color:var(--dim);font-size:13px}
@media(max-width:600px){main{padding:20px 14px 36px}.verdict{font-size:20px}.wide{display:none}.narrow{display:block}dl{--columns:2!important}
table{font-size:14px}th,td{padding-left:10px}th:first-child,td:first-child{white-space:normal}td.bar{min-width:0}}
)";

void add_table(std::string& out, const Table& table) {
  out += "<div class=\"scroll\"><table><thead><tr>";
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
      else
        out += "<td>";
      out += escape(table.rows[i][k]) + "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

}  // namespace

std::string html(const Page& page) {
  const bool heat = std::any_of(page.sections.begin(), page.sections.end(),
                                [](const Section& section) { return !section.heat_maps.empty(); });
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  out += fmt::format("<title>{}</title>\n<style>{}{}{}</style></head>\n<body><main>\n", escape(page.title),
                     palette_css(), heat ? heat_css() : "", kStyle);
  out += fmt::format("<h1>{}</h1>\n", escape(page.title));
  if (!page.verdict.empty()) out += fmt::format("<p class=\"verdict\">{}</p>\n", escape(page.verdict));
  if (!page.facts.empty()) {
    // Rows as equal as can be, at most five in one, so that none stands alone.
    const std::size_t count = page.facts.size(), lines = (count + 4) / 5;
    out += fmt::format("<dl style=\"--columns:{}\">", (count + lines - 1) / lines);
    for (const auto& [name, value] : page.facts)
      out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value));
    out += "</dl>\n";
  }
  for (const Section& section : page.sections) {
    out += fmt::format("<section><h2>{}</h2>\n", escape(section.heading));
    if (!section.text.empty()) out += fmt::format("<p>{}</p>\n", escape(section.text));
    for (const Chart& chart : section.charts)
      out += fmt::format("<figure><div class=\"wide\">{}</div><div class=\"narrow\">{}</div></figure>\n",
                         svg(chart), svg(chart, {362, 260}));
    for (const HeatMap& map : section.heat_maps)
      out += fmt::format("<figure><div class=\"wide\">{}</div><div class=\"narrow\">{}</div></figure>\n",
                         svg(map, heat_map_size(map)), svg(map, heat_map_size(map, 362)));
    for (const Table& table : section.tables) add_table(out, table);
    if (!section.preformatted.empty())
      out += fmt::format("<details><summary>show</summary><pre>{}</pre></details>\n",
                         escape(section.preformatted));
    out += "</section>\n";
  }
  if (!page.footer.empty()) out += fmt::format("<footer>{}</footer>\n", escape(page.footer));
  return out + "</main></body></html>\n";
}

}  // namespace carousel::report
