#include <kpi/base/words.hpp>
#include <kpi/stages/personal.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kpi::stages {
namespace {

constexpr double mostly = 0.5;  ///< share of sampled values from which a column counts as a list of addresses

bool is_semantic(const model::Field& field, std::initializer_list<std::string_view> names) {
  std::string_view type = field.semantic_type;
  if (type.substr(0, 5) == "type/") type.remove_prefix(5);
  for (const auto name : names) {
    if (type == name) return true;
  }
  return false;
}

bool is_about_people(const std::vector<std::string>& table_words) {
  return has_word(table_words,
                  {"user",    "users",  "member",     "members",   "customer", "customers", "client",
                   "person",  "people", "employee",   "employees", "contact",  "contacts",  "patient",
                   "student", "staff",  "subscriber", "applicant", "driver",   "drivers",   "manager"});
}

bool names_a_person(const std::vector<std::string>& words) {
  if (!has_word(words, {"name", "nickname", "surname"})) return false;
  if (has_word(words, {"surname", "nickname"})) return true;
  return has_word(words,
                  {"first",  "last",     "middle",         "full",      "given",    "family",   "maiden",
                   "user",   "customer", "member",         "manager",   "contact",  "receiver", "recipient",
                   "sender", "owner",    "holder",         "depositor", "employee", "person",   "buyer",
                   "client", "author",   "representative", "ceo"});
}

bool names_personal_data(const std::vector<std::string>& words) {
  if (has_word(words, {"email",    "mail",   "phone",    "telephone", "tel",      "mobile",    "cellphone",
                       "cell",     "fax",    "ssn",      "passport",  "birthday", "birthdate", "dob",
                       "password", "passwd", "pwd",      "iban",      "receiver", "recipient", "nationalid",
                       "jumin",    "kakao",  "telegram", "whatsapp",  "selfie",   "signature"})) {
    return true;
  }
  const auto both = [&](std::string_view a, std::initializer_list<std::string_view> b) {
    return has_word(words, {a}) && has_word(words, b);
  };
  if (both("birth", {"date", "day", "year"}) || both("card", {"number", "no", "holder"}) ||
      both("account", {"number", "no", "holder"}) || both("ip", {"address", "addr"}) ||
      both("access", {"token"}) || both("refresh", {"token"}) || both("social", {"security"}) ||
      both("license", {"number", "no"})) {
    return true;
  }
  return has_word(words, {"address", "addr", "address1", "address2", "street", "addressee"}) &&
         !has_word(words, {"id", "type", "count", "url", "wallet", "mac"});
}

/// Comments are prose in any language; only Korean ones name what a column holds by words that mean nothing
/// else. A column of URLs is described as an "address" (주소) too.
bool describes_personal_data(std::string_view comment) {
  for (const std::string_view term :
       {"이메일",   "전화번호", "휴대폰",   "핸드폰",   "휴대전화", "연락처",   "주민등록",
        "주민번호", "여권",     "생년월일", "비밀번호", "계좌번호", "카드번호", "예금주",
        "수령인",   "수취인",   "담당자명", "대표자명", "실명",     "성함"}) {
    if (comment.find(term) != std::string_view::npos) return true;
  }
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool looks_like_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.find('@', at + 1) != std::string_view::npos)
    return false;
  const auto dot = text.rfind('.');
  return dot != std::string_view::npos && dot > at + 1 && dot + 2 < text.size() &&
         text.find(' ') == std::string_view::npos;
}

/// The check digit of payment cards. Source: ISO/IEC 7812-1, the Luhn formula.
bool passes_luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

/// Telephone, card and registration numbers: digits in groups, and nothing else.
bool looks_like_personal_number(std::string_view text) {
  std::string digits;
  std::vector<std::size_t> groups;
  bool in_group = false;
  for (const char c : text) {
    if (is_digit(c)) {
      digits += c;
      if (!in_group) groups.push_back(0);
      ++groups.back();
    } else if (std::string_view(" -.()+").find(c) == std::string_view::npos) {
      return false;
    }
    in_group = is_digit(c);
  }
  const bool date = groups.size() == 3 && (groups[0] == 4 || groups[2] == 4) && digits.size() == 8;
  if (date) return false;
  const bool international = text.front() == '+' && digits.size() >= 9 && digits.size() <= 15;
  const bool national =
      digits.starts_with('0') && groups.size() >= 2 && digits.size() >= 9 && digits.size() <= 12;
  const bool mobile = digits.starts_with("010") && digits.size() == 11;
  const bool registration =
      groups == std::vector<std::size_t>{6, 7} || groups == std::vector<std::size_t>{3, 2, 4};
  const bool card = digits.size() >= 13 && digits.size() <= 19 && groups.size() >= 4 && passes_luhn(digits);
  return international || national || mobile || registration || card;
}

}  // namespace

bool has_personal_shape(const std::vector<Json>& values) {
  std::size_t texts = 0;
  std::size_t personal = 0;
  for (const auto& value : values) {
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr || text->empty()) continue;
    ++texts;
    personal += looks_like_email(*text) || looks_like_personal_number(*text) ? 1 : 0;
  }
  return texts > 0 && static_cast<double>(personal) > mostly * static_cast<double>(texts);
}

PersonalColumns::PersonalColumns(const model::Table& table)
    : about_people_(is_about_people(identifier_words(table.name))) {}

bool PersonalColumns::has(const model::Field& field) const {
  if (field.pii) return true;
  if (is_semantic(field, {"Email", "Birthdate", "AvatarURL", "User", "Author", "Owner"}) &&
      !model::is_number(field)) {
    return true;
  }
  const bool holds_time = model::is_temporal(field);
  const bool holds_text = model::is_text(field) || model::is_json(field) || field.type == "type/*";
  if (!holds_time && !holds_text) return false;
  const auto words = identifier_words(field.path.empty() ? field.name : field.path.back());
  if (holds_time) return has_word(words, {"birth", "birthday", "birthdate", "dob"});
  if (is_semantic(field, {"Address", "IPAddress"})) return true;
  if (field.stats && field.stats->percent_email.value_or(0) > mostly) return true;
  if (names_personal_data(words) || names_a_person(words)) return true;
  if (describes_personal_data(field.description) && !has_word(words, {"id", "url", "type", "status"}))
    return true;
  if (field.values && has_personal_shape(*field.values)) return true;
  return about_people_ && words.size() == 1 && words.front() == "name";
}

bool looks_personal(const model::Table& table, const model::Field& field) {
  return PersonalColumns(table).has(field);
}

}  // namespace kpi::stages
