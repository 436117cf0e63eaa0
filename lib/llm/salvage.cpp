#include <kpi/base/text.hpp>
#include <kpi/llm/lenient_json.hpp>
#include <kpi/llm/salvage.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace kpi::llm {
namespace {

constexpr std::size_t most_bytes = std::size_t{8} << 20U;
constexpr std::size_t most_sql_bytes = 16'000;
constexpr std::size_t most_text_bytes = 2'000;
constexpr std::size_t most_name_bytes = 200;
constexpr std::size_t most_item_notes = 3;  ///< a list of 20,000 texts is not told one by one

/// `text` without what stands between each `open` and the next `close`. One pass: an answer may be megabytes
/// of nothing but such pairs.
std::string without(std::string_view text, std::string_view open, std::string_view close) {
  std::string kept;
  std::size_t from = 0;
  for (auto start = text.find(open); start != std::string_view::npos; start = text.find(open, from)) {
    const auto end = text.find(close, start);
    if (end == std::string_view::npos) break;
    kept += text.substr(from, start - from);
    from = end + close.size();
  }
  kept += text.substr(from);
  return kept;
}

std::string without_thinking(std::string_view text) {
  auto kept = without(without(text, "<think>", "</think>"), "<thinking>", "</thinking>");
  // Some servers take the opening mark for part of the prompt and leave it out.
  constexpr std::string_view close = "</think>";
  if (const auto end = kept.find(close); end != std::string::npos) kept.erase(0, end + close.size());
  return kept;
}

/// The inside of the first fence, whatever its label, closed or not.
std::optional<std::string_view> fenced(std::string_view text) {
  const auto fence = text.find("```");
  if (fence == std::string_view::npos) return std::nullopt;
  const auto line = text.find('\n', fence);
  if (line == std::string_view::npos) return std::nullopt;
  const auto inside = text.substr(line + 1);
  // Only a fence at the start of a line ends it: SQL in a string may hold one.
  const auto close = inside.find("\n```");
  return inside.substr(0, close == std::string_view::npos ? inside.size() : close);
}

/// The longest object or array that stands whole in the text; else from the first bracket on.
std::optional<std::string_view> out_of_prose(std::string_view text) {
  std::string_view best;
  std::size_t open = std::string_view::npos;
  for (auto i = text.find_first_of("{["); i != std::string_view::npos; i = text.find_first_of("{[", i)) {
    const auto end = end_of_value(text, i);
    if (end == std::string_view::npos) {
      if (open == std::string_view::npos) open = i;
      break;
    }
    if (end - i > best.size()) best = text.substr(i, end - i);
    i = end;
  }
  if (open != std::string_view::npos && text.size() - open > best.size()) return text.substr(open);
  if (best.empty()) return std::nullopt;
  return best;
}

std::string text_of(const Json& value, std::string_view between) {
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (value.is_array()) {
    for (const auto& part : value) {
      if (!part.is_string()) return {};
      if (!text.empty()) text += between;
      text += part.get<std::string>();
    }
  }
  return text;
}

/// The member with one of `names`, compared by letters only: "businessValue" is "business_value".
const Json* member(const Json& object, std::initializer_list<std::string_view> names) {
  const auto bare = [](std::string_view text) {
    std::string letters;
    for (const char c : lower(text)) {
      if (c != '_' && c != ' ' && c != '-') letters += c;
    }
    return letters;
  };
  for (const auto name : names) {
    for (const auto& [key, value] : object.items()) {
      if (bare(key) == name && !value.is_null()) return &value;
    }
  }
  return nullptr;
}

const Json* name_in(const Json& object) {
  return member(object, {"name", "kpiname", "title", "kpi", "metric", "metricname"});
}

const Json* sql_in(const Json& object) {
  return member(object, {"sql", "sqlquery", "query", "statement", "sqlstatement"});
}

bool looks_like_item(const Json& json) { return json.is_object() && sql_in(json) != nullptr; }

std::vector<Json> items_of(const Json& json, std::vector<std::string>& notes, int depth = 0);

/// The items of JSON that an answer gave as a string.
std::vector<Json> items_in_string(const std::string& text, std::vector<std::string>& notes, int depth) {
  const auto inner = read_lenient(text);
  if (!inner) return {};
  auto items = items_of(inner->value, notes, depth + 1);
  if (!items.empty()) notes.emplace_back("the answer was JSON inside a JSON string");
  return items;
}

/// The list of items, wherever the answer keeps it; a keyed object gives its values, named by their keys.
std::vector<Json> items_of(const Json& json, std::vector<std::string>& notes, int depth) {
  if (depth > 4) return {};
  if (json.is_string()) return items_in_string(json.get<std::string>(), notes, depth);
  if (json.is_array()) {
    std::vector<Json> items;
    for (const auto& item : json) {
      if (item.is_array()) {
        for (auto& nested : items_of(item, notes, depth + 1)) items.push_back(std::move(nested));
      } else {
        items.push_back(item);
      }
    }
    return items;
  }
  if (!json.is_object()) return {};
  if (looks_like_item(json)) return {json};
  if (const auto* list = member(json, {"kpis", "kpilist", "result", "results", "data", "items", "metrics",
                                       "queries", "output", "answer"}))
    return items_of(*list, notes, depth + 1);
  std::vector<Json> items;
  for (const auto& [key, value] : json.items()) {
    if (looks_like_item(value)) {
      items.push_back(value);
      if (name_in(value) == nullptr) items.back()["name"] = key;
    } else if (value.is_array() || value.is_object()) {
      for (auto& nested : items_of(value, notes, depth + 1)) items.push_back(std::move(nested));
    }
  }
  return items;
}

/// What was found in an answer: its items, and how it was read.
struct Found {
  std::vector<Json> items;
  std::vector<std::string> notes;
  bool is_json = false;
  bool is_strict = false;  ///< and nothing but JSON
};

/// The items of `part` of an answer, read as strictly as it allows.
Found read_part(std::string_view part, std::string_view how) {
  Found found;
  auto strict = parse_json(part, "answer");
  const auto lenient = strict ? std::nullopt : read_lenient(part);
  if (!strict && !lenient) return found;
  const Json& json = strict ? *strict : lenient->value;
  found.is_json = json.is_object() || json.is_array();
  found.is_strict = strict.has_value();
  if (!how.empty()) found.notes.emplace_back(how);
  if (lenient && lenient->cut) found.notes.emplace_back("the answer was cut off; whole items were kept");
  if (lenient && lenient->mended) found.notes.emplace_back("the answer was not quite JSON; it was mended");
  found.items = items_of(json, found.notes);
  return found;
}

std::size_t kpis_in(const Found& found) {
  return static_cast<std::size_t>(std::count_if(found.items.begin(), found.items.end(), looks_like_item));
}

/// Every value of `text` that holds a KPI, one after the other: lines of JSON, several fences, prose between.
Found read_pieces(std::string_view text) {
  constexpr std::size_t shortest = 15;  // {"sql":"","x":1}
  constexpr std::size_t most_pieces = 1000;
  int open_brackets = 20;  // in prose, that may be passed over: each costs a look to the end
  Found found;
  std::size_t pieces = 0;
  for (auto i = text.find_first_of("{["); i != std::string_view::npos && pieces < most_pieces;
       i = text.find_first_of("{[", i)) {
    const auto end = end_of_value(text, i);
    const bool is_whole = end != std::string_view::npos;
    auto part = text.substr(i, is_whole ? end - i : text.size() - i);
    auto piece = part.size() < shortest ? Found{} : read_part(part, "");
    i = is_whole ? end : i + 1;
    if (kpis_in(piece) > 0) {
      ++pieces;
      found.is_json = true;
      for (auto& item : piece.items) found.items.push_back(std::move(item));
      for (auto& note : piece.notes) found.notes.push_back(std::move(note));
      if (!is_whole) break;
    }
    if (!is_whole && --open_brackets == 0) break;
  }
  if (pieces == 1) found.notes.emplace_back("the answer stood in prose");
  if (pieces > 1) found.notes.push_back(fmt::format("the answer was {} pieces of JSON", pieces));
  std::set<std::string> once;
  std::erase_if(found.notes, [&](const std::string& note) { return !once.insert(note).second; });
  return found;
}

bool any_object(const Found& found) {
  return std::any_of(found.items.begin(), found.items.end(),
                     [](const Json& item) { return item.is_object(); });
}

/// The reading of `text` that gives the most KPIs: as it is, the inside of its first fence, all of its
/// pieces; the first of those that give as many. Where none gives one, the first that is JSON at all; prose
/// has brackets too ("[1]", "[ ]"), and they are none.
Found read(std::string_view text) {
  Found whole = read_part(text, "");
  Found inside;
  if (const auto fence = fenced(text)) inside = read_part(*fence, "the answer stood in a fence");
  const bool is_all = whole.is_strict && kpis_in(whole) > 0;
  Found pieces = is_all ? Found{} : read_pieces(text);
  Found* most = &whole;
  for (auto* other : {&inside, &pieces}) {
    if (kpis_in(*other) > kpis_in(*most)) most = other;
  }
  if (kpis_in(*most) > 0) return std::move(*most);
  if (any_object(whole)) return whole;
  if (any_object(inside)) return inside;
  if (const auto part = out_of_prose(text)) {
    Found prose = read_part(*part, "the answer stood in prose");
    if (any_object(prose)) return prose;
  }
  const bool is_meant = text.starts_with('{') || parse_json(text, "answer").has_value();
  if (whole.is_json && is_meant) return whole;
  return inside.is_json ? inside : Found{};
}

std::string short_text(const Json& object, std::initializer_list<std::string_view> names) {
  const auto* found = member(object, names);
  return found == nullptr ? std::string{} : shorten(single_line(text_of(*found, " ")), most_text_bytes);
}

/// An item, or why it is none.
std::optional<Item> item_of(const Json& json, std::string& why) {
  if (!json.is_object()) {
    why = "it is no object";
    return std::nullopt;
  }
  Item item;
  const auto* name = name_in(json);
  const auto* sql = sql_in(json);
  if (name != nullptr) item.name = shorten(single_line(text_of(*name, " ")), most_name_bytes);
  if (sql != nullptr) item.sql = clean_sql(text_of(*sql, "\n"));
  if (item.name.empty() || item.sql.empty()) {
    why = item.name.empty() ? "it has no name" : "it has no SQL";
    return std::nullopt;
  }
  // A parser in C reads up to it, and a database what comes after.
  if (item.sql.find('\0') != std::string::npos) {
    why = "its SQL holds a NUL";
    return std::nullopt;
  }
  if (item.sql.size() > most_sql_bytes) {
    why = "its SQL is too long";
    return std::nullopt;
  }
  item.description = short_text(json, {"description", "kpidescription", "explanation", "meaning"});
  item.business_value =
      short_text(json, {"businessvalue", "value", "businessrelevance", "relevance", "why", "insight"});
  item.shape = lower(short_text(json, {"shape", "resultshape"}));
  item.unit = lower(short_text(json, {"unit", "resultunit"}));
  item.display = lower(short_text(json, {"display", "visualization", "chart", "charttype"}));
  if (const auto* tables = member(json, {"tables", "tablename", "table", "sourcetables"})) {
    const auto add = [&](const Json& entry) {
      if (entry.is_string() && !trim(entry.get<std::string>()).empty())
        item.tables.emplace_back(trim(entry.get<std::string>()));
    };
    if (tables->is_array()) {
      for (const auto& entry : *tables) add(entry);
    } else {
      add(*tables);
    }
  }
  return item;
}

}  // namespace

std::string clean_sql(std::string_view sql) {
  std::string text(trim(sql));
  if (text.substr(0, 3) == "```") {
    const auto line = text.find('\n');
    text = line == std::string::npos ? text.substr(3) : text.substr(line + 1);
    if (const auto close = text.rfind("```"); close != std::string::npos) text.resize(close);
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 10> replaced{{{"&lt;", "<"},
                                                                                           {"&gt;", ">"},
                                                                                           {"&quot;", "\""},
                                                                                           {"&#39;", "'"},
                                                                                           {"&apos;", "'"},
                                                                                           {"&amp;", "&"},
                                                                                           {"\u2018", "'"},
                                                                                           {"\u2019", "'"},
                                                                                           {"\u201C", "\""},
                                                                                           {"\u201D", "\""}}};
  // Between plain quotes a typographic one is text that someone wrote.
  const bool has_plain = text.find('\'') != std::string::npos;
  for (const auto& [from, to] : replaced) {
    const bool typographic = from.size() == 3;
    if (typographic && has_plain) continue;
    text = replace_all(text, from, to);
  }
  std::string_view rest = trim(text);
  while (!rest.empty() && rest.back() == ';') rest = trim(rest.substr(0, rest.size() - 1));
  return repair_utf8(rest);
}

Salvaged salvage(std::string_view text, std::size_t most) {
  Salvaged salvaged;
  std::string clean = without_thinking(repair_utf8(text.substr(0, most_bytes)));
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (clean.compare(0, 3, byte_order_mark) == 0) clean.erase(0, 3);
  clean = std::string(trim(clean));
  auto found = read(clean);
  salvaged.notes = std::move(found.notes);
  if (!found.is_json && found.items.empty()) {
    salvaged.reading = clean.empty() ? Reading::blank : Reading::no_json;
    salvaged.notes.emplace_back(clean.empty() ? "the answer was empty" : "no JSON was found in the answer");
    return salvaged;
  }
  std::set<std::string> names;
  std::size_t extra = 0;
  std::size_t place = 0;
  std::size_t left_out = 0;
  for (const auto& raw : found.items) {
    ++place;
    std::string why;
    auto item = item_of(raw, why);
    if (item && !names.insert(name_key(item->name)).second) why = "its name is there already";
    if (!item || !why.empty()) {
      if (++left_out <= most_item_notes)
        salvaged.notes.push_back(fmt::format("item {} was left out: {}", place, why));
    } else if (salvaged.items.size() == most) {
      ++extra;
    } else {
      salvaged.items.push_back(std::move(*item));
    }
  }
  if (left_out > most_item_notes)
    salvaged.notes.push_back(fmt::format("and {} more were left out", left_out - most_item_notes));
  if (extra > 0)
    salvaged.notes.push_back(fmt::format("{} items over the {} asked for were left out", extra, most));
  if (place == 0) salvaged.notes.emplace_back("the answer is JSON without a KPI in it");
  if (salvaged.items.empty()) salvaged.reading = place > 0 ? Reading::unusable : Reading::empty_list;
  return salvaged;
}

}  // namespace kpi::llm
