#include "prescan.hpp"

#include "catalogue.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kpi::sql {
namespace {

constexpr std::size_t max_comment_nesting = 16;
constexpr std::size_t max_operator_run = 64;
// The tree writer recurses once a link, and 256 KB of stack hold 1,970 links; real statements have dozens.
constexpr std::size_t max_links = 1'000;

// Words that lengthen a left-recursive chain of the grammar, each a level of the tree.
constexpr std::array<std::string_view, 18> link_words{
    "is",   "isnull", "notnull", "collate", "at",      "not",     "join", "union",    "intersect",
    "case", "except", "like",    "ilike",   "between", "similar", "in",   "operator", "escape"};

bool is_link(std::string_view statement, const Token& token) {
  if (token.kind == TokenKind::op) return true;
  if (token.kind != TokenKind::word) return false;
  return std::any_of(link_words.begin(), link_words.end(),
                     [&](std::string_view word) { return is_word(statement, token, word); });
}

}  // namespace

std::vector<model::Finding> prescan_bytes(std::string_view statement, const Policy& policy) {
  std::vector<model::Finding> findings;
  if (statement.size() > policy.max_bytes) {
    findings.push_back(finding("guard.size", fmt::format("{} bytes long; at most {} are looked at",
                                                         statement.size(), policy.max_bytes)));
  } else if (const auto nul = statement.find('\0'); nul != std::string_view::npos) {
    findings.push_back(finding("guard.bytes", "a NUL byte: a parser would not see what follows it",
                               static_cast<std::int64_t>(nul)));
  } else if (!is_utf8(statement)) {
    findings.push_back(finding("guard.bytes", "not well-formed UTF-8"));
  }
  return findings;
}

std::vector<model::Finding> prescan(std::string_view statement, const std::vector<Token>& tokens,
                                    const Policy& policy) {
  std::vector<model::Finding> findings = prescan_bytes(statement, policy);
  if (!findings.empty()) return findings;

  for (const std::string_view mark : {"{{", "[["}) {
    if (const auto at = statement.find(mark); at != std::string_view::npos) {
      findings.push_back(
          finding("guard.template",
                  fmt::format("{} is Metabase's own syntax and would be replaced before the statement "
                              "runs; put a space between the brackets",
                              mark),
                  static_cast<std::int64_t>(at)));
    }
  }

  std::size_t links = 0;
  std::size_t open = 0;
  for (const Token& token : tokens) {
    const auto at = static_cast<std::int64_t>(token.begin);
    if (token.nesting > max_comment_nesting) {
      findings.push_back(finding("guard.depth", "comments nested more than 16 deep", at));
    }
    if (token.kind == TokenKind::op && token.end - token.begin > max_operator_run) {
      findings.push_back(finding("guard.depth", "a run of more than 64 operator characters", at));
    }
    if (is_mark(statement, token, "(") || is_mark(statement, token, "[")) {
      if (++open == policy.max_depth + 1) {
        findings.push_back(
            finding("guard.depth", fmt::format("brackets nested more than {} deep", policy.max_depth), at));
      }
    } else if ((is_mark(statement, token, ")") || is_mark(statement, token, "]")) && open > 0) {
      --open;
    }
    if (is_link(statement, token) && ++links == max_links + 1) {
      findings.push_back(
          finding("guard.depth", fmt::format("more than {} operators and joins", max_links), at));
    }
  }
  return findings;
}

}  // namespace kpi::sql
