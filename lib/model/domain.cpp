#include <kpi/base/text.hpp>
#include <kpi/model/domain.hpp>

#include <algorithm>

namespace kpi::model {
namespace {

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80U) return false;
  }
  return true;
}

bool is_named(const std::string& glob, std::string_view table, std::string_view column) {
  return glob_match(glob, column) || glob_match(glob, std::string(table) + "." + std::string(column));
}

std::size_t occurrences(std::string_view text, std::string_view term) {
  std::size_t count = 0;
  for (auto at = text.find(term); at != std::string_view::npos; at = text.find(term, at + term.size()))
    ++count;
  return count;
}

}  // namespace

const ValueMeanings* value_meanings(const Domain& domain, std::string_view table, std::string_view column) {
  for (const auto& entry : domain.value_meanings) {
    if (is_named(entry.column, table, column)) return &entry;
  }
  return nullptr;
}

const DisplayName* display_name(const Domain& domain, std::string_view table, std::string_view column) {
  for (const auto& entry : domain.display_names) {
    if (is_named(entry.column, table, column)) return &entry;
  }
  return nullptr;
}

Categories::Categories(const Domain& domain) {
  for (const auto& category : domain.categories) {
    for (const auto& raw_term : category.terms) {
      Term term{name_key(raw_term), names_.size()};
      if (term.key.empty()) continue;
      auto& terms = is_ascii(term.key) ? at_words_[term.key.front()] : anywhere_;
      terms.push_back(std::move(term));
    }
    names_.push_back(category.name);
  }
}

std::string Categories::of(const std::vector<std::string>& texts) const {
  std::vector<double> points(names_.size());
  double weight = 8;
  for (const auto& text : texts) {
    const std::string key = name_key(text);
    const auto worth = [&](const Term& term) { return weight * static_cast<double>(term.key.size()); };
    for (std::size_t at = 0; at < key.size(); ++at) {
      if (at > 0 && key[at - 1] != ' ') continue;
      const auto terms = at_words_.find(key[at]);
      if (terms == at_words_.end()) continue;
      for (const auto& term : terms->second) {
        if (key.compare(at, term.key.size(), term.key) == 0) points[term.category] += worth(term);
      }
    }
    if (!is_ascii(key)) {
      for (const auto& term : anywhere_)
        points[term.category] += worth(term) * static_cast<double>(occurrences(key, term.key));
    }
    weight /= 4;
  }
  const auto best = std::max_element(points.begin(), points.end());
  if (best == points.end() || *best <= 0) return std::string(general_category);
  return names_[static_cast<std::size_t>(best - points.begin())];
}

std::string category_of(const Domain& domain, const std::vector<std::string>& texts) {
  return Categories(domain).of(texts);
}

}  // namespace kpi::model
