#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text without a locale: UTF-8 checks, what may be shown, name matching. No function here fails or does IO.
namespace kpi {

/// True if `text` is well-formed UTF-8 (no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` with every ill-formed byte sequence replaced by U+FFFD.
[[nodiscard]] std::string repair_utf8(std::string_view text);

/// `text` safe to print: ill-formed bytes as U+FFFD; control characters (but newline and tab), and the
/// bidirectional and zero-width marks that can disguise text, removed.
[[nodiscard]] std::string printable(std::string_view text);

/// printable(), with runs of white space, newlines included, as one space, trimmed.
[[nodiscard]] std::string single_line(std::string_view text);

/// The first `max_bytes` of `text` at most, cut at a character; "…" added when something was cut.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t max_bytes);

/// ASCII lower case; other bytes as they are.
[[nodiscard]] std::string lower(std::string_view text);

/// Without leading and trailing ASCII white space.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The parts of `text` between `separator`s; an empty text is one empty part.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// `parts` with `separator` between them.
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `text` with every `from` replaced by `to`; an empty `from` changes nothing.
[[nodiscard]] std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

/// True if `text` matches `pattern` (`*` any run, `?` one character), without regard to ASCII case.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

/// `text` in NFC, case-folded, with each run of other than letters and digits as one space, trimmed: two
/// names that people would call the same give the same key. Source: contract, section 2 (KPI id).
[[nodiscard]] std::string name_key(std::string_view text);

/// Of `candidates` the one with the least edit distance to `word`, without regard to ASCII case, if that is
/// at most a third of the word's length (and at least 1); else none.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& candidates);

}  // namespace kpi
