#pragma once

#include <string>
#include <string_view>

// What comes from a database, as it may stand in a prompt.
namespace kpi::llm {

/// `text` as it may stand in a prompt: one line, at most `max_bytes`, unable to close a fence.
[[nodiscard]] std::string as_data(std::string_view text, std::size_t max_bytes);

/// `value` with two significant digits: 17399 is "17000", 0.0456 is "0.046".
[[nodiscard]] std::string two_digits(double value);

}  // namespace kpi::llm
