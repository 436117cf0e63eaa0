#pragma once

#include "mend.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// What most rules are: a function of another database, and what stands for a call of it.
namespace kpi::sql {

/// The text that stands for a call; empty where nothing surely does.
using Rewriter = std::string (*)(const Draft&, const Call&);

/// The rule that puts `rewrite`'s text for every call of `name` (in lower case), and is called by that name.
[[nodiscard]] MendRule rewrites_calls(std::string_view name, MendFor dialects, Rewriter rewrite);

/// A call with that many arguments, and the text that stands for it: $1 is the first argument as written, @1
/// the same in brackets where it needs them.
struct Template {
  std::string_view name;
  std::size_t arguments;
  std::string_view text;
  MendFor dialects;
};

/// The rule that fills the template for every such call. The texts of `shape` must outlive the rule.
[[nodiscard]] MendRule fills_template(const Template& shape);

}  // namespace kpi::sql
