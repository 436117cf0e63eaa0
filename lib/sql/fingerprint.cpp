#include "fingerprint.hpp"

#include "canonical.hpp"

#include <kpi/base/hash.hpp>
#include <kpi/base/text.hpp>

namespace kpi::sql {
namespace {

constexpr std::size_t digits = 16;

}  // namespace

std::string fingerprint(const Tree& tree, const Binding* binding, model::Dialect dialect) {
  return sha256_hex(Canonical(tree, binding, dialect).text()).substr(0, digits);
}

std::string fingerprint(std::string_view statement, const std::vector<Token>& tokens) {
  std::string plain;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::comment || is_mark(statement, token, ";")) continue;
    const std::string_view text = text_of(statement, token);
    plain += ' ';
    if (token.kind == TokenKind::word) {
      plain += lower(text);
    } else if (token.kind == TokenKind::number) {
      plain += plain_number(text);
    } else {
      plain += text;
    }
  }
  return sha256_hex(plain).substr(0, digits);
}

}  // namespace kpi::sql
