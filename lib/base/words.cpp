#include <kpi/base/words.hpp>

#include <algorithm>

namespace kpi {
namespace {

enum class Kind { gap, lower, upper, digit };

Kind kind_of(char c) {
  if (c >= 'A' && c <= 'Z') return Kind::upper;
  if (c >= '0' && c <= '9') return Kind::digit;
  if ((c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80U) return Kind::lower;
  return Kind::gap;
}

bool starts_word(Kind before, Kind here, Kind after) {
  if (before == Kind::gap) return true;
  if ((before == Kind::digit) != (here == Kind::digit)) return true;
  if (here != Kind::upper) return false;
  return before == Kind::lower || after == Kind::lower;
}

bool ends_with(std::string_view word, std::string_view end) {
  return word.size() > end.size() && word.substr(word.size() - end.size()) == end;
}

}  // namespace

std::vector<std::string> identifier_words(std::string_view identifier) {
  std::vector<std::string> words;
  Kind before = Kind::gap;
  for (std::size_t i = 0; i < identifier.size(); ++i) {
    const Kind here = kind_of(identifier[i]);
    const Kind after = i + 1 < identifier.size() ? kind_of(identifier[i + 1]) : Kind::gap;
    if (here != Kind::gap) {
      if (starts_word(before, here, after)) words.emplace_back();
      const char c = identifier[i];
      words.back() += here == Kind::upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    before = here;
  }
  return words;
}

bool has_word(const std::vector<std::string>& words, std::initializer_list<std::string_view> wanted) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end();
  });
}

std::string singular(std::string_view word) {
  if (ends_with(word, "ies") && word.size() > 4) return std::string(word.substr(0, word.size() - 3)) + "y";
  for (const std::string_view end : {"ches", "shes", "sses", "xes", "zes"}) {
    if (ends_with(word, end)) return std::string(word.substr(0, word.size() - 2));
  }
  for (const std::string_view end : {"ss", "us", "is", "ics", "news"}) {
    if (ends_with(word, end)) return std::string(word);
  }
  if (ends_with(word, "s") && word.size() > 3) return std::string(word.substr(0, word.size() - 1));
  return std::string(word);
}

}  // namespace kpi
