#pragma once

#include "mend.hpp"

#include <cstddef>

// Where operands begin and end in the tokens of a Draft.
namespace kpi::sql {

/// The first token of what stands to the left of the operator at `op` and binds as tightly as * and /: down
/// to an operator that binds less tightly, or the bracket or comma that opens it.
[[nodiscard]] std::size_t product_before(const Draft& draft, std::size_t op);

/// The first token of the one operand (name, literal, call with FILTER and OVER, bracket, CASE) that ends
/// before token `end`; draft.size() where it is none of these.
[[nodiscard]] std::size_t operand_before(const Draft& draft, std::size_t end);

/// One past the last token of the one operand that begins after the operator at `op`, with its sign and its
/// casts.
[[nodiscard]] std::size_t operand_after(const Draft& draft, std::size_t op);

/// The bracket that opens the one at `close`; draft.size() if none does.
[[nodiscard]] std::size_t opening(const Draft& draft, std::size_t close);

/// True if tokens [first, last) are one bracket.
[[nodiscard]] bool is_bracket(const Draft& draft, std::size_t first, std::size_t last);

}  // namespace kpi::sql
