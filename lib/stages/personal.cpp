#include <kpi/base/words.hpp>
#include <kpi/stages/personal.hpp>

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

/// True if a row of the table is a person: then its plain "name" is a person's.
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

}  // namespace

bool looks_personal(const model::Table& table, const model::Field& field) {
  if (field.pii) return true;
  if (is_semantic(field, {"Email", "Birthdate", "AvatarURL", "User", "Author", "Owner"}) &&
      !model::is_number(field)) {
    return true;
  }
  const bool holds_text = model::is_text(field) || model::is_json(field) || field.type == "type/*";
  const auto words = identifier_words(field.path.empty() ? field.name : field.path.back());
  if (model::is_date_only(field) || model::is_temporal(field))
    return has_word(words, {"birth", "birthday", "birthdate", "dob"});
  if (!holds_text) return false;
  if (is_semantic(field, {"Address", "IPAddress"})) return true;
  if (field.stats && field.stats->percent_email.value_or(0) > mostly) return true;
  if (names_personal_data(words) || names_a_person(words)) return true;
  const bool plain_name = words.size() == 1 && words.front() == "name";
  return plain_name && is_about_people(identifier_words(table.name));
}

}  // namespace kpi::stages
