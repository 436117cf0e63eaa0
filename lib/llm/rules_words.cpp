#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_words.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
#include <iterator>

namespace kpi::llm {
namespace {

constexpr std::size_t most_label_bytes = 48;
constexpr std::size_t most_meanings = 24;

std::string capital(std::string word) {
  if (!word.empty()) word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

bool is_uncountable(std::string_view word) {
  static constexpr std::array words{"equipment", "info",     "information", "data",       "history",
                                    "stock",     "feedback", "activity",    "inventory",  "usage",
                                    "software",  "series",   "news",        "statistics", "maintenance",
                                    "logistics", "staff"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string plural(const std::string& word) {
  if (word.empty() || is_uncountable(word)) return word;
  const std::string one = singular(word);
  const auto ends = [&](std::string_view end) {
    return one.size() > end.size() && one.compare(one.size() - end.size(), end.size(), end) == 0;
  };
  if (static_cast<unsigned char>(one.back()) >= 0x80U) return one;
  if (ends("y") && std::string_view("aeiou").find(one[one.size() - 2]) == std::string_view::npos)
    return one.substr(0, one.size() - 1) + "ies";
  if (ends("s") || ends("x") || ends("ch") || ends("sh")) return one + "es";
  return one + "s";
}

std::vector<std::string> without(std::vector<std::string> words,
                                 std::initializer_list<std::string_view> dropped) {
  const auto kept = words;
  words.erase(std::remove_if(words.begin(), words.end(),
                             [&](const std::string& word) {
                               return std::find(dropped.begin(), dropped.end(), word) != dropped.end();
                             }),
              words.end());
  return words.empty() ? kept : words;
}

std::string clean_label(std::string_view text) {
  return shorten(std::string(trim(single_line(text))), most_label_bytes);
}

/// "1: placed / 2: paid": a number, a colon or an equals sign, then words up to a separator.
std::vector<Meaning> numbered(std::string_view text) {
  std::vector<Meaning> found;
  for (std::size_t i = 0; i < text.size() && found.size() < most_meanings; ++i) {
    const bool starts = std::isdigit(static_cast<unsigned char>(text[i])) != 0 &&
                        (i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0);
    if (!starts) continue;
    auto end = i;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    auto mark = end;
    while (mark < text.size() && text[mark] == ' ') ++mark;
    if (mark >= text.size() || (text[mark] != ':' && text[mark] != '=') || end - i > 6) {
      i = end;
      continue;
    }
    const auto stop = std::min(text.find_first_of("/,;|\n", mark + 1), text.size());
    auto label = clean_label(text.substr(mark + 1, stop - mark - 1));
    if (!label.empty()) found.push_back({std::string(text.substr(i, end - i)), std::move(label), true, true});
    i = stop;
  }
  return found.size() >= 2 ? found : std::vector<Meaning>{};
}

/// "card / bank_transfer / credit": words between slashes, up to a remark after a semicolon.
std::vector<Meaning> listed(std::string_view text) {
  std::vector<Meaning> found;
  const auto list = text.substr(0, text.find_first_of(";(."));
  if (list.find(" / ") == std::string_view::npos) return found;
  for (const auto& part : split(replace_all(list, " / ", "\x1F"), '\x1F')) {
    auto value = std::string(trim(part.substr(0, part.find(','))));
    if (value.empty() || value.find(' ') != std::string::npos || value.size() > most_label_bytes) return {};
    found.push_back({value, value, false});
  }
  return found.size() >= 2 && found.size() <= most_meanings ? found : std::vector<Meaning>{};
}

/// The field that a comment points at by TABLE.column, or nullptr.
const model::Field* field_named_in(const model::Database& database, std::string_view text) {
  for (const auto& word : split(text, ' ')) {
    const auto dot = word.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 >= word.size()) continue;
    const auto* table = database.table(word.substr(0, dot));
    auto column = word.substr(dot + 1);
    while (!column.empty() && std::ispunct(static_cast<unsigned char>(column.back())) != 0) column.pop_back();
    if (table != nullptr && table->field(column) != nullptr) return table->field(column);
  }
  return nullptr;
}

std::vector<Meaning> known_values(const model::Field& field) {
  std::vector<Meaning> found;
  if (!field.values) return found;
  for (const auto& value : *field.values) {
    if (found.size() == most_meanings) break;
    if (value.is_string()) {
      auto label = clean_label(value.get<std::string>());
      if (!label.empty()) found.push_back({value.get<std::string>(), std::move(label), false});
    } else if (value.is_number_integer()) {
      found.push_back({dump_json(value), dump_json(value), true});
    }
  }
  return found;
}

}  // namespace

std::vector<std::string> table_words(std::string_view table) {
  auto words = identifier_words(table);
  if (words.size() > 1 && (words.front() == "tb" || words.front() == "tbl" || words.front() == "t"))
    words.erase(words.begin());
  return words;
}

std::string title_of(const std::vector<std::string>& words) {
  static constexpr std::array acronyms{"rfq", "oem", "url", "moq", "po", "id", "api", "kc", "vat", "sku"};
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> spelled{
      {{"cnt", "count"},
       {"qty", "quantity"},
       {"quot", "quotation"},
       {"amt", "amount"},
       {"avg", "average"},
       {"pct", "percent"}}};
  std::string title;
  std::string last;
  for (auto word : words) {
    for (const auto& [brief, full] : spelled) {
      if (word == brief) word = full;
    }
    if (word == last) continue;  // "max_price" under "price" is not a price of a price
    last = word;
    // "m2" is one word to a person.
    const bool exponent = word.size() == 1 && std::isdigit(static_cast<unsigned char>(word[0])) != 0 &&
                          title.size() >= 2 && title[title.size() - 2] == ' ';
    if (!title.empty() && !exponent) title += ' ';
    if (std::find(acronyms.begin(), acronyms.end(), word) != acronyms.end()) {
      for (const char c : word) title += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else {
      title += capital(word);
    }
  }
  return title;
}

std::string table_title(std::string_view table) {
  auto words = table_words(table);
  if (!words.empty() && !is_uncountable(words.back())) words.back() = singular(words.back());
  return title_of(words);
}

std::string plural_title(std::string_view title) {
  const auto space = title.rfind(' ');
  const auto head = space == std::string_view::npos ? std::string_view{} : title.substr(0, space + 1);
  const std::string last(space == std::string_view::npos ? title : title.substr(space + 1));
  const auto many = plural(lower(last));
  // An acronym keeps its capitals and takes a small s.
  if (last.size() > 1 && std::isupper(static_cast<unsigned char>(last[1])) != 0)
    return std::string(head) + last + (last.back() == 'S' ? "" : "s");
  return std::string(head) + capital(many);
}

std::string table_titles(std::string_view table) { return plural_title(table_title(table)); }

std::string_view plain_name(const model::Field& field) {
  return field.path.empty() ? std::string_view(field.name) : std::string_view(field.path.back());
}

std::string field_title(const model::Field& field) {
  auto words = identifier_words(plain_name(field));
  // "Price" of two documents is two things: the key above tells them apart.
  if (field.path.size() > 1) {
    auto above = without(identifier_words(field.path[field.path.size() - 2]), {"info", "detail", "data"});
    words.insert(words.begin(), above.begin(), above.end());
  }
  words = without(std::move(words), {"bp", "cents", "minor"});
  const auto says = [&](std::size_t back, std::string_view word) {
    return words.size() > back && words[words.size() - 1 - back] == word;
  };
  // "cost_amount" is a cost: the amount adds nothing to it.
  if (words.size() == 2 && says(0, "amount") &&
      has_word({words.front()}, {"cost", "price", "fee", "tax", "discount", "refund", "revenue", "budget"}))
    words.pop_back();
  std::string unit;
  for (const auto& [suffix, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"g", " (g)"}, {"kg", " (kg)"}, {"km", " (km)"}, {"cm", " (cm)"}, {"mm", " (mm)"}}) {
    if (words.size() > 1 && words.back() == suffix) {
      unit = text;
      words.pop_back();
      break;
    }
  }
  if (words.size() > 2 && says(0, "2") && says(1, "m")) {
    words.resize(words.size() - 2);
    unit = " (m²)";
  }
  auto title = title_of(words) + unit;
  return title.empty() ? std::string(plain_name(field)) : title;
}

std::string key_title(const model::Field& field) {
  auto words = identifier_words(plain_name(field));
  while (words.size() > 1 &&
         (words.back() == "id" || words.back() == "no" || words.back() == "key" || words.back() == "uuid"))
    words.pop_back();
  return title_of(words);
}

std::string mark_title(const model::Field& field) {
  auto words = identifier_words(plain_name(field));
  if (words.size() > 1 && has_word({words.front()}, {"is", "has", "date", "time"}))
    words.erase(words.begin());
  // "on_sale" is no sale: these say nothing at the end only.
  while (words.size() > 1 && has_word({words.back()}, {"at", "on", "date", "time", "datetime", "yn"}))
    words.pop_back();
  return title_of(words);
}

std::string due_title(const model::Field& field) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> nouns{
      {{"expires", "expiry"}, {"expired", "expiry"}, {"ends", "end"}, {"renews", "renewal"}}};
  auto words = identifier_words(plain_name(field));
  while (words.size() > 1 && has_word({words.back()}, {"at", "on", "by", "date", "day", "time"}))
    words.pop_back();
  for (const auto& [verb, noun] : nouns) {
    if (!words.empty() && words.back() == verb) words.back() = noun;
  }
  return title_of(words) + (words.empty() || words.back() == "deadline" ? "" : " Date");
}

std::string in_prose(std::string_view title) {
  auto words = split(title, ' ');
  for (auto& word : words) {
    const bool acronym = word.size() > 1 && std::isupper(static_cast<unsigned char>(word[0])) != 0 &&
                         std::isupper(static_cast<unsigned char>(word[1])) != 0;
    if (!acronym) word = lower(word);
  }
  return join(words, " ");
}

std::string column_alias(std::string_view text) {
  auto words = split(text, ' ');
  // The small s of "RFQs" is a plural and no word of its own.
  for (auto& word : words) {
    const auto capitals =
        std::count_if(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (word.size() > 2 && word.back() == 's' && capitals + 1 == static_cast<std::ptrdiff_t>(word.size()))
      word = lower(word);
  }
  auto alias = join(identifier_words(join(words, " ")), "_");
  if (alias.empty()) return "value";
  if (std::isdigit(static_cast<unsigned char>(alias[0])) != 0) alias.insert(0, "n_");
  return alias;
}

std::string alias_of(const std::string& title) {
  auto alias = column_alias(title);
  if (alias == "value") return "amount";
  // A result column called like a function or a type reads badly and needs quotes in some dialects.
  for (const std::string_view taken :
       {"count", "sum", "avg", "min", "max", "date", "time", "user", "order", "group", "month", "day", "year",
        "type", "value", "values", "option", "key"}) {
    if (alias == taken) return alias + "_value";
  }
  return alias;
}

std::string label_alias(const std::string& title, const model::Field& label) {
  auto words = identifier_words(title);
  const auto of_label = identifier_words(plain_name(label));
  if (!of_label.empty() && (words.empty() || words.back() != of_label.back()))
    words.push_back(of_label.back());
  return column_alias(join(words, " "));
}

bool names_actor(const std::vector<std::string>& words) {
  return has_word(
      words,
      {"user",       "users",       "customer",     "customers",     "client",     "clients",   "buyer",
       "buyers",     "member",      "members",      "account",       "accounts",   "partner",   "partners",
       "seller",     "sellers",     "vendor",       "vendors",       "supplier",   "suppliers", "merchant",
       "merchants",  "company",     "companies",    "workspace",     "workspaces", "tenant",    "tenants",
       "subscriber", "subscribers", "organization", "organizations", "visitor",    "visitors",  "guest",
       "guests",     "patient",     "patients",     "student",       "students",   "player",    "players",
       "team",       "teams",       "requester",    "author",        "authors"});
}

std::vector<Meaning> meanings_of(const model::Database& database, const model::Domain& domain,
                                 const model::Table& table, const model::Field& field) {
  if (field.pii) return {};
  if (const auto* told = model::value_meanings(domain, table.name, plain_name(field))) {
    std::vector<Meaning> meanings;
    for (const auto& [value, label] : told->values)
      meanings.push_back({value, clean_label(label), model::is_integer(field), true});
    return meanings;
  }
  const auto of_text = [&](const model::Field& described) {
    auto found = model::is_integer(field) ? numbered(described.description) : listed(described.description);
    return found;
  };
  auto found = of_text(field);
  if (found.empty()) {
    const auto* other = field_named_in(database, field.description);
    if (other != nullptr && !other->pii) found = of_text(*other);
  }
  return found.empty() ? known_values(field) : found;
}

Ending ending(const std::vector<Meaning>& meanings, Outcome outcome) {
  // From the most final to the least.
  static constexpr std::array good{"completed",  "complete", "delivered", "won",     "accepted", "approved",
                                   "resolved",   "ordered",  "finished",  "success", "done",     "paid",
                                   "completion", "sold",     "published", "sent",    "active",   "running",
                                   "거래완료",   "결제완료", "발주완료",  "완료",    "승인",     "정상"};
  static constexpr std::array bad{"cancelled", "canceled", "cancel",   "rejected", "failed",   "failure",
                                  "expired",   "lost",     "declined", "refunded", "returned", "left",
                                  "churned",   "overdue",  "delayed",  "retired",  "취소",     "만료",
                                  "거절",      "반려",     "실패"};
  const auto pick = [&](const auto& terms) {
    Ending found;
    for (const std::string_view term : terms) {
      for (const auto& meaning : meanings) {
        const bool ascii = static_cast<unsigned char>(term[0]) < 0x80U;
        const auto words = identifier_words(meaning.label);
        // "Sold out" is no sale.
        const bool says = ascii ? has_word(words, {term}) && !(term == "sold" && has_word(words, {"out"}))
                                : meaning.label.find(term) != std::string::npos;
        if (says) found.meanings.push_back(meaning);
      }
      found.word = term;
      if (!found.meanings.empty()) break;
    }
    return !found.meanings.empty() && found.meanings.size() < meanings.size() ? found : Ending{};
  };
  return outcome == Outcome::good ? pick(good) : pick(bad);
}

std::vector<Meaning> closed_by(const std::vector<Meaning>& meanings) {
  const auto says = [](const Meaning& meaning, std::initializer_list<std::string_view> words,
                       std::initializer_list<std::string_view> korean) {
    return has_word(identifier_words(meaning.label), words) ||
           std::any_of(korean.begin(), korean.end(),
                       [&](std::string_view term) { return meaning.label.find(term) != std::string::npos; });
  };
  const auto finished = [&](const Meaning& meaning) {
    return says(meaning,
                {"completed", "complete", "completion", "delivered", "resolved", "finished", "success",
                 "done", "closed"},
                {"완료"});
  };
  const auto given_up = [&](const Meaning& meaning) {
    return says(meaning,
                {"cancelled", "canceled", "rejected", "failed", "expired", "lost", "declined", "refunded",
                 "returned", "left", "churned", "retired", "written", "withdrawn", "discontinued"},
                {"취소", "만료", "거절", "반려"});
  };
  // Accepted or paid is an end where nothing comes after it: a purchase order is still to be made then.
  const bool goes_on = std::any_of(meanings.begin(), meanings.end(), finished);
  std::vector<Meaning> found;
  std::copy_if(meanings.begin(), meanings.end(), std::back_inserter(found), [&](const Meaning& meaning) {
    return finished(meaning) || given_up(meaning) ||
           (!goes_on && says(meaning, {"accepted", "ordered", "paid", "won", "sold"}, {}));
  });
  return found.size() < meanings.size() ? found : std::vector<Meaning>{};
}

}  // namespace kpi::llm
