#include "mend_rewrites.hpp"

namespace kpi::sql {
namespace {

std::string filled(const Draft& draft, const Call& call, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool marker =
        (text[i] == '$' || text[i] == '@') && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '9';
    if (!marker) {
      out += text[i];
      continue;
    }
    const auto argument = static_cast<std::size_t>(text[i + 1] - '1');
    out += text[i] == '$' ? draft.argument(call, argument) : draft.operand(call, argument);
    ++i;
  }
  return out;
}

template <class Rewrite>
std::vector<Edit> each_call(const Draft& draft, std::string_view name, const Rewrite& rewrite) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.is(i, name)) continue;
    const auto call = draft.call(i);
    if (!call) continue;
    std::string text = rewrite(*call);
    if (!text.empty()) edits.push_back(draft.instead(*call, std::move(text)));
  }
  return edits;
}

}  // namespace

MendRule rewrites_calls(std::string_view name, MendFor dialects, Rewriter rewrite) {
  return {name, dialects, [name, rewrite](const Draft& draft) {
            return each_call(draft, name, [&](const Call& call) { return rewrite(draft, call); });
          }};
}

MendRule fills_template(const Template& shape) {
  return {shape.name, shape.dialects, [shape](const Draft& draft) {
            return each_call(draft, shape.name, [&](const Call& call) {
              return call.arguments.size() == shape.arguments ? filled(draft, call, shape.text)
                                                              : std::string();
            });
          }};
}

}  // namespace kpi::sql
