#include <kpi/base/words.hpp>
#include <kpi/stages/personal.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace kpi::stages {
namespace {

constexpr double mostly = 0.5;  ///< share of sampled values from which a column counts as a list of addresses

bool is_semantic(const model::Field& field, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), model::bare_semantic(field)) != names.end();
}

bool is_person(const std::string& word) {
  return has_word({singular(word)},
                  {"user",        "usr",      "member",         "mbr",       "customer",  "cust",
                   "client",      "person",   "people",         "employee",  "emp",       "staff",
                   "worker",      "contact",  "patient",        "student",   "teacher",   "doctor",
                   "nurse",       "guest",    "driver",         "rider",     "courier",   "passenger",
                   "buyer",       "shopper",  "subscriber",     "applicant", "candidate", "attendee",
                   "participant", "visitor",  "resident",       "manager",   "mgr",       "owner",
                   "holder",      "receiver", "recipient",      "addressee", "sender",    "depositor",
                   "payer",       "payee",    "beneficiary",    "author",    "assignee",  "requester",
                   "reporter",    "approver", "representative", "ceo",       "guardian",  "spouse",
                   "cardholder",  "donor",    "voter",          "insured"});
}

/// What has a name of its own beside a person: the group of a user, the plan of a subscriber.
bool is_thing(const std::string& word) {
  return has_word(
      {singular(word)},
      {"company",    "partner", "category", "file",     "product",  "plan",         "brand",
       "store",      "shop",    "business", "org",      "corp",     "organization", "organisation",
       "group",      "team",    "role",     "type",     "grade",    "tier",         "level",
       "segment",    "dept",    "division", "project",  "campaign", "department",   "event",
       "status",     "page",    "screen",   "app",      "device",   "table",        "column",
       "field",      "domain",  "host",     "country",  "city",     "region",       "school",
       "service",    "item",    "menu",     "industry", "bank",     "channel",      "factory",
       "equipment",  "seller",  "supplier", "vendor",   "course",   "class",        "subscription",
       "membership", "package", "feature",  "tag",      "currency", "unit",         "state"});
}

/// A row is a person: what the table is called ends in one. "user_groups" holds groups.
bool is_about_people(const std::vector<std::string>& table_words) {
  return std::any_of(table_words.begin(), table_words.end(), is_person) && !is_thing(table_words.back());
}

bool is_about_things(const std::vector<std::string>& table_words) {
  return !table_words.empty() && is_thing(table_words.back());
}

/// What is said in front of "name" or "nm" decides: customer_name is a person's, customer_group_name is not.
bool names_a_person(const std::vector<std::string>& words, bool about_things) {
  if (has_word(words, {"surname", "nickname", "firstname", "lastname", "realname", "username"})) return true;
  const auto name = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return has_word({word}, {"name", "nm"});
  });
  if (name == words.end()) return has_word(words, {"fullname", "displayname", "legalname"}) && !about_things;
  if (name != words.begin() && is_thing(*std::prev(name))) return false;
  if (has_word(words, {"first", "last", "middle", "given", "family", "maiden", "nick", "real"})) return true;
  // Plans and companies have names to show and legal ones too.
  if (has_word(words, {"full", "display", "legal"})) return !about_things;
  return std::any_of(words.begin(), words.end(), is_person);
}

/// A number is personal only where it is the telephone, identity, card or account number itself, or says when
/// somebody was born; one that counts them (phone_calls, card_count) is not.
bool numbers_a_person(std::vector<std::string> words, bool is_key) {
  const auto drop_last = [&words](std::initializer_list<std::string_view> endings) {
    const auto before = words.size();
    while (!words.empty() && (has_word({words.back()}, endings) ||
                              std::isdigit(static_cast<unsigned char>(words.back()[0])) != 0))
      words.pop_back();
    return words.size() < before;
  };
  drop_last({});
  const bool numbered = drop_last({"number", "no", "num", "nr"});
  if (words.empty()) return false;
  const std::vector<std::string> last{words.back()};
  if (has_word(last, {"phone", "telephone", "tel", "cellphone", "handphone", "fax", "ssn", "rrn", "jumin",
                      "passport", "nationalid", "birth", "birthday", "birthdate", "dob", "iban"}))
    return true;
  if (has_word(words, {"birth"}) && has_word(last, {"date", "day", "dt", "year", "month", "ymd"}))
    return true;
  if (has_word(words, {"social"}) && has_word(last, {"security"})) return true;
  if (has_word(words, {"ssn", "rrn", "jumin"}) && !has_word(last, {"count", "cnt", "id", "type", "status"}))
    return true;
  if (!numbered) return false;
  if (has_word(words, {"resident", "mobile", "cell", "contact"})) return true;
  // A key by that name is the number of a ledger's account or of a card on a board.
  return !is_key && has_word(last, {"card", "account", "acct", "license", "identity"});
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

/// The same of a number, whose comment may count what a text's would hold ("연락처 수": how many).
bool describes_personal_number(std::string_view comment) {
  for (const std::string_view counted : {"횟수", "건수", "개수", "여부", " 수"}) {
    if (comment.find(counted) != std::string_view::npos) return false;
  }
  for (const std::string_view term : {"전화번호", "휴대폰번호", "휴대폰 번호", "주민등록", "주민번호",
                                      "여권번호", "생년월일", "계좌번호", "카드번호"}) {
    if (comment.find(term) != std::string_view::npos) return true;
  }
  return false;
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

/// Nothing of what is in a personal column is kept: a report is handed on.
void forget_values(model::Field& field) {
  field.values.reset();
  if (!field.stats) return;
  field.stats->min = field.stats->max = field.stats->avg = field.stats->q1 = field.stats->q3 =
      field.stats->sd = std::nullopt;
  field.stats->earliest = field.stats->latest = std::nullopt;
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
    : about_people_(is_about_people(identifier_words(table.name))),
      about_things_(!about_people_ && is_about_things(identifier_words(table.name))) {}

bool PersonalColumns::has(const model::Field& field) const {
  if (field.pii) return true;
  const auto words = identifier_words(field.path.empty() ? field.name : field.path.back());
  // Metabase takes every name with "author" in it for one, a certification's authority too.
  const bool authority = has_word(words, {"authority", "authorities", "authorization", "authorisation"});
  if (is_semantic(field, {"Email", "Birthdate", "AvatarURL", "User", "Owner"}) ||
      (is_semantic(field, {"Author"}) && !authority)) {
    if (!model::is_number(field)) return true;
  }
  const bool holds_time = field.type.find("Date") != std::string::npos;  // also one that is kept as a number
  const bool holds_text = model::is_text(field) || model::is_json(field) || field.type == "type/*";
  if (model::is_number(field)) {
    const bool is_key = field.references || is_semantic(field, {"PK", "FK"});
    return numbers_a_person(words, is_key) || (!is_key && describes_personal_number(field.description));
  }
  if (!holds_time && !holds_text) return false;
  if (holds_time) return has_word(words, {"birth", "birthday", "birthdate", "dob"});
  if (is_semantic(field, {"Address", "IPAddress"})) return true;
  if (field.stats && field.stats->percent_email.value_or(0) > mostly) return true;
  if (names_personal_data(words) || names_a_person(words, about_things_)) return true;
  if (describes_personal_data(field.description) && !has_word(words, {"id", "url", "type", "status"}))
    return true;
  if (field.values && has_personal_shape(*field.values)) return true;
  return about_people_ && words.size() == 1 && has_word(words, {"name", "nm"});
}

void flag_personal(model::Table& table) {
  const PersonalColumns personal(table);
  for (auto& field : table.fields) {
    field.pii = personal.has(field);
    if (field.pii) forget_values(field);
  }
  const auto is_personal = [&table](const std::string& name) {
    const auto* field = table.field(name);
    return field != nullptr && field->pii;
  };
  std::erase_if(table.dimensions, is_personal);
  std::erase_if(table.time_columns, is_personal);
  std::erase_if(table.measures, [&](const model::Measure& measure) { return is_personal(measure.field); });
}

bool looks_personal(const model::Table& table, const model::Field& field) {
  return PersonalColumns(table).has(field);
}

}  // namespace kpi::stages
