#include <kpi/base/text.hpp>
#include <kpi/model/domain.hpp>

namespace kpi::model {
namespace {

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80U) return false;
  }
  return true;
}

/// How often `term` stands in `key` (a name_key) at the start of a word, or anywhere for a script without
/// word gaps.
std::size_t matches(std::string_view key, std::string_view term) {
  const bool at_word = is_ascii(term);
  std::size_t count = 0;
  for (auto at = key.find(term); at != std::string_view::npos; at = key.find(term, at + term.size())) {
    if (!at_word || at == 0 || key[at - 1] == ' ') ++count;
  }
  return count;
}

}  // namespace

std::string category_of(const Domain& domain, const std::vector<std::string>& texts) {
  std::string best(general_category);
  double best_points = 0;
  for (const auto& category : domain.categories) {
    double points = 0;
    double weight = 8;
    for (const auto& text : texts) {
      const std::string key = name_key(text);
      for (const auto& raw_term : category.terms) {
        const std::string term = name_key(raw_term);
        if (term.empty()) continue;
        points += weight * static_cast<double>(matches(key, term)) * static_cast<double>(term.size());
      }
      weight /= 4;
    }
    if (points > best_points) {
      best_points = points;
      best = category.name;
    }
  }
  return best;
}

}  // namespace kpi::model
